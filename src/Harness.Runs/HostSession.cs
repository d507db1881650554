using Harness.Model;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.KernelLogs;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// A host in use: booted or connected when it is first needed, its facts read once, used by one caller at a time, and
/// its probe restarted a few times if it is lost. Disposing it ends the probe; the owner disposes the host.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
/// <param name="phase">Called for each phase.</param>
public sealed class HostSession(IProbeHost host, TimeSpan grace, Action<string> phase) : IAsyncDisposable
{
    /// <summary>Limits restarts of a probe that dies repeatedly.</summary>
    private const int Restarts = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private IProbeLink? _link;
    private HostProfile? _profile;
    private string? _machine;
    private string? _gone;
    private int _restarts;

    /// <summary>Reads the host's facts.</summary>
    public Func<Fields, HostProfile> Read { get; init; } = FactsReader.Read;

    /// <summary>Chooses the policy to judge by; null if nothing is judged.</summary>
    public Func<HostProfile, PolicyChoice>? Choose { get; init; }

    public string Name => host.Name;

    /// <summary>Why the host itself is lost, or null: see <see cref="IProbeHost.Lost"/>.</summary>
    public string? Lost => host.Lost;

    /// <summary>What its kernel reported last, if that ended it: see <see cref="IProbeHost.Crash"/>.</summary>
    public KernelReport? Crash => host.Crash;

    /// <summary>How many programs its probe runs side by side at most.</summary>
    public int MostAtOnce =>
        host.Workers
        ?? (
            _profile?.Platform.Cpus is > 0 and var cpus
                ? Math.Min(cpus, LineProtocol.UsualWorkers)
                : LineProtocol.UsualWorkers
        );

    /// <summary>The probe's facts about the host, even if they can't be used; null before they were read.</summary>
    public Fields? Facts { get; private set; }

    /// <summary>SHA-256 of the probe that responded; null before that.</summary>
    public string? ProbeHash { get; private set; }

    /// <summary>
    /// Work that can be done before it is the host's turn: see <see cref="IProbeHost.PrepareAsync"/>.
    /// </summary>
    /// <exception cref="HostUnavailableException">The host is unavailable.</exception>
    public Task PrepareAsync(CancellationToken cancel) => host.PrepareAsync(phase, cancel);

    /// <summary>Boots or connects, and reads the host's facts; does nothing if that has been done.</summary>
    /// <returns>The host, with the chosen policy, if one is to be chosen.</returns>
    /// <exception cref="HostUnavailableException">It is unavailable.</exception>
    public Task<HostProfile> OpenAsync(CancellationToken cancel) =>
        InTurnAsync(
            async () =>
            {
                await StartAsync(cancel).ConfigureAwait(false);
                return _profile!;
            },
            cancel
        );

    /// <summary>Runs one program, once.</summary>
    /// <exception cref="HostUnavailableException">
    /// The probe was lost meanwhile; it may be restarted for the next program.
    /// </exception>
    public async Task<Observation> RunAsync(ProbeProgram program, CancellationToken cancel)
    {
        Observation? observed = null;
        await InTurnAsync(() => OnceAsync([program], 1, (_, o) => observed = o, cancel), cancel).ConfigureAwait(false);
        return observed!;
    }

    /// <summary>
    /// Runs programs in order. If the probe is lost it is restarted and continues with the programs without a
    /// result; programs without a result when this throws were not passed on.
    /// </summary>
    /// <param name="programs">The programs.</param>
    /// <param name="window">The maximum number of programs in flight.</param>
    /// <param name="observed">Called with the number of each program and its observation.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="HostUnavailableException">The host is lost, or its probe was lost too often.</exception>
    public Task RunAsync(
        IReadOnlyList<ProbeProgram> programs,
        int window,
        Action<int, Observation> observed,
        CancellationToken cancel
    ) =>
        InTurnAsync(
            async () =>
            {
                var left = new SortedSet<int>(Enumerable.Range(0, programs.Count));
                // A host may turn out to be gone only when its probe is to be restarted.
                IReadOnlyList<int> inFlight = [];
                while (left.Count > 0)
                {
                    int[] sent = [.. left];
                    try
                    {
                        await OnceAsync(
                                [.. sent.Select(i => programs[i])],
                                window,
                                (i, observation) =>
                                {
                                    observed(sent[i], observation);
                                    left.Remove(sent[i]);
                                },
                                cancel
                            )
                            .ConfigureAwait(false);
                    }
                    catch (HostUnavailableException e)
                    {
                        if (e.InFlight.Count > 0)
                            inFlight = [.. e.InFlight.Select(i => sent[i])];
                        if (_gone is not null)
                            throw new HostUnavailableException(e.Message, e) { InFlight = inFlight };
                        // The probe is restarted.
                    }
                }
                return true;
            },
            cancel
        );

    /// <summary>The stored description of the host, once it is known.</summary>
    /// <param name="kind">One of <see cref="HostKinds"/>.</param>
    public HostRecord Describe(string kind) =>
        HostDescription.Of(new HostRecord(Name, kind), _profile!, Facts!, _profile!.Choice!.Policy!, host.Platform);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> use, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await use().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> OnceAsync(
        IReadOnlyList<ProbeProgram> programs,
        int window,
        Action<int, Observation> observed,
        CancellationToken cancel
    )
    {
        await StartAsync(cancel).ConfigureAwait(false);
        var dispatcher = new Dispatcher(_link!, window, grace);
        try
        {
            await dispatcher.RunAsync(programs, observed, cancel).ConfigureAwait(false);
            return true;
        }
        catch (LinkLostException e)
        {
            await CloseAsync().ConfigureAwait(false);
            if (!MayRestart())
                _gone = Lost ?? e.Message;
            throw new HostUnavailableException(Lost ?? e.Message, e) { InFlight = dispatcher.InFlight };
        }
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        if (_gone is not null)
            throw new HostUnavailableException(_gone);
        while (_link is null)
        {
            try
            {
                await host.PrepareAsync(phase, cancel).ConfigureAwait(false);
                _link = await host.StartProbeAsync(phase, cancel).ConfigureAwait(false);
                ProbeHash = _link.ProbeHash;
                if (_profile is null || _machine != host.Machine)
                    await IdentifyAsync(_link, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HostUnavailableException or LinkLostException or UnusableFactsException)
            {
                await CloseAsync().ConfigureAwait(false);
                // A host that was up may come back; one that was never up does not.
                if ((e is LinkLostException || _profile is not null && e is not UnusableFactsException) && MayRestart())
                    continue;
                _gone = Lost ?? e.Message;
                throw new HostUnavailableException(_gone, e);
            }
        }
    }

    private async Task IdentifyAsync(IProbeLink link, CancellationToken cancel)
    {
        phase("reading facts");
        var facts = await new Dispatcher(link, 1, grace).FactsAsync(host.PciDevices, cancel).ConfigureAwait(false);
        // Kept even if they can't be used.
        Facts = _profile is null ? facts : Facts;
        var profile = WithPolicy(Read(facts));
        if (_profile?.Choice is not null)
            CheckKind(profile, facts);
        phase("up");
        (_profile, Facts, _machine) = (profile, facts, host.Machine);
    }

    private HostProfile WithPolicy(HostProfile profile)
    {
        if (Choose?.Invoke(profile) is not { } choice)
            return profile;
        return choice.Policy is not null
            ? profile with
            {
                Choice = choice,
            }
            : throw new UnusableFactsException(
                $"no policy is known for kernel {profile.Release} ({choice.Reason}): name one with --policy (harness identify finds those that agree)"
            );
    }

    /// <summary>A host's results are of one kind of machine, also if a pool replaces the one that it had.</summary>
    /// <exception cref="UnusableFactsException">The machine now is of another kind.</exception>
    private void CheckKind(HostProfile now, Fields facts)
    {
        var planned = new HostRecord(Name, HostKinds.Ssh);
        string[] changed = ResumedHost.Differences(
            Describe(HostKinds.Ssh),
            HostDescription.Of(planned, now, facts, now.Choice!.Policy!, host.Platform)
        );
        if (changed.Length > 0)
            throw new UnusableFactsException(
                $"machine {host.Machine} of the pool is of another kind than {_machine}: {string.Join(", ", changed)}"
            );
    }

    /// <summary>A lost probe may be restarted, a few times in total, if its host is still up.</summary>
    private bool MayRestart() => Lost is null && ++_restarts <= Restarts;

    private async Task CloseAsync()
    {
        if (_link is not null)
            await _link.DisposeAsync().ConfigureAwait(false);
        _link = null;
    }
}
