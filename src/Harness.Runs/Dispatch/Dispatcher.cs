using Harness.Protocol;

namespace Harness.Runs.Dispatch;

/// <summary>Streams programs to a probe and receives the observations in order.</summary>
/// <param name="link">The probe.</param>
/// <param name="window">The maximum number of programs in flight: enough to hide the round trip.</param>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
public sealed class Dispatcher(IProbeLink link, int window, TimeSpan grace)
{
    private long _id;
    private readonly HashSet<int> _inFlight = [];

    /// <summary>The numbers of the programs that were sent and not answered.</summary>
    public IReadOnlyList<int> InFlight => [.. _inFlight];

    /// <summary>The host's facts as the probe reads them.</summary>
    /// <param name="pciDevices">Those that programs may use, by address.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="LinkLostException">The probe is lost, or its reply is invalid.</exception>
    public async Task<Fields> FactsAsync(IReadOnlyList<string> pciDevices, CancellationToken cancel)
    {
        long id = ++_id;
        await SendAsync(new Request(id, Facts: new FactsQuery(pciDevices)), cancel).ConfigureAwait(false);
        var reply = await ReceiveAsync(grace, cancel).ConfigureAwait(false);
        if (reply.Id != id)
            throw new LinkLostException($"the probe answered request {reply.Id} for request {id}");
        return reply.Facts ?? throw new LinkLostException($"the probe returned no facts: {reply.Error}");
    }

    /// <summary>
    /// Sends the programs in order and passes on each observation as it comes. Programs without a reply when this
    /// throws were not passed on.
    /// </summary>
    /// <exception cref="LinkLostException">The probe is lost, or its reply is invalid.</exception>
    public async Task RunAsync(
        IReadOnlyList<ProbeProgram> programs,
        Action<int, Observation> observed,
        CancellationToken cancel
    )
    {
        long first = _id + 1;
        _id += programs.Count;
        int sent = 0;
        _inFlight.Clear();
        while (sent < programs.Count || _inFlight.Count > 0)
        {
            for (; sent < programs.Count && _inFlight.Count < window; sent++)
            {
                _inFlight.Add(sent);
                await SendAsync(new Request(first + sent, programs[sent]), cancel).ConfigureAwait(false);
            }
            var patience = TimeSpan.FromMilliseconds(_inFlight.Max(i => programs[i].DeadlineMs)) + grace;
            var reply = await ReceiveAsync(patience, cancel).ConfigureAwait(false);
            int which = reply.Id >= first && reply.Id < first + programs.Count ? (int)(reply.Id - first) : -1;
            if (!_inFlight.Remove(which))
                throw new LinkLostException($"the probe answered request {reply.Id}, which is not in flight");
            var program = programs[which];
            var observation = reply.Observation
                ?? new Observation(program.Case, ObservationEnd.ProbeError, reply.Error, 0, [], []);
            if (observation.Case != program.Case)
                throw new LinkLostException($"the probe answered case {observation.Case} for case {program.Case}");
            observed(which, observation);
        }
    }

    private Task SendAsync(Request request, CancellationToken cancel) =>
        link.SendAsync(Messages.Line(request).AsMemory()[..^1], cancel);

    private async Task<Reply> ReceiveAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        try
        {
            byte[] line = await link.ReceiveAsync(limit.Token).ConfigureAwait(false);
            return Messages.ReadReply(line);
        }
        catch (ProtocolException e)
        {
            throw new LinkLostException($"the probe sent an invalid message: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new LinkLostException($"the probe did not answer within {patience.TotalSeconds:0} s", e);
        }
    }
}
