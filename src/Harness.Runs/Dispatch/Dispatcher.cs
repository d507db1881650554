using Harness.Protocol;

namespace Harness.Runs.Dispatch;

/// <summary>Streams programs to a probe and receives the observations in order.</summary>
/// <param name="link">The probe.</param>
/// <param name="window">The maximum number of programs in flight: enough to hide the round trip.</param>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
public sealed class Dispatcher(IProbeLink link, int window, TimeSpan grace)
{
    private long _id;

    /// <summary>The host's facts as the probe reads them.</summary>
    /// <param name="pciDevices">Those that programs may use, by address.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="LinkLostException">The probe is lost, or its reply is invalid.</exception>
    public async Task<Fields> FactsAsync(IReadOnlyList<string> pciDevices, CancellationToken cancel)
    {
        long id = ++_id;
        await SendAsync(new Request(id, Facts: new FactsQuery(pciDevices)), cancel).ConfigureAwait(false);
        var reply = await ReceiveAsync(id, grace, cancel).ConfigureAwait(false);
        return reply.Facts ?? throw new LinkLostException($"the probe returned no facts: {reply.Error}");
    }

    /// <summary>
    /// Runs the programs in order and passes each observation on. Programs without a reply when this throws were not
    /// passed on.
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
        for (int answered = 0; answered < programs.Count; answered++)
        {
            for (; sent < programs.Count && sent - answered < window; sent++)
                await SendAsync(new Request(first + sent, programs[sent]), cancel).ConfigureAwait(false);
            var program = programs[answered];
            var reply = await ReceiveAsync(
                    first + answered,
                    TimeSpan.FromMilliseconds(program.DeadlineMs) + grace,
                    cancel
                )
                .ConfigureAwait(false);
            var observation = reply.Observation
                ?? new Observation(program.Case, ObservationEnd.ProbeError, reply.Error, 0, [], []);
            if (observation.Case != program.Case)
                throw new LinkLostException($"the probe answered case {observation.Case} for case {program.Case}");
            observed(answered, observation);
        }
    }

    private Task SendAsync(Request request, CancellationToken cancel) =>
        link.SendAsync(Messages.Line(request).AsMemory()[..^1], cancel);

    private async Task<Reply> ReceiveAsync(long id, TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        try
        {
            byte[] line = await link.ReceiveAsync(limit.Token).ConfigureAwait(false);
            var reply = Messages.ReadReply(line);
            return reply.Id == id
                ? reply
                : throw new LinkLostException($"the probe answered request {reply.Id} for request {id}");
        }
        catch (ProtocolException e)
        {
            throw new LinkLostException($"the probe wrote what is no message: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new LinkLostException($"the probe did not answer within {patience.TotalSeconds:0} s", e);
        }
    }
}
