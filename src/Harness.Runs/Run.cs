using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Dimensions;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Known;
using Harness.Runs.Peers;
using Harness.Runs.Resuming;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Runs;

/// <summary>A host to run on.</summary>
/// <param name="Host">Booted or connected when the run reaches it.</param>
/// <param name="Kind">"qemu" or "ssh".</param>
public sealed record RunHost(IProbeHost Host, string Kind)
{
    /// <summary>The resources of this machine that it needs while it runs.</summary>
    public HostNeed Need { get; init; } = HostNeed.Elsewhere;

    /// <summary>Its own cases; null: those of the run.</summary>
    public IReadOnlyList<Case>? Cases { get; init; }
}

/// <summary>The request for a run.</summary>
/// <param name="CommandLine">As the user typed it.</param>
/// <param name="Harness">The version of the harness, with its commit.</param>
/// <param name="Suite">The suite's name, or null.</param>
/// <param name="Request">What else is needed to resume after an interruption, JSON; or null.</param>
public sealed record RequestedRun(string CommandLine, string Harness, string? Suite = null, string? Request = null)
{
    /// <summary>Which part of a whole run it is, or null.</summary>
    public ShardRecord? Shard { get; init; }
}

/// <summary>How a run ended, over all its hosts.</summary>
/// <param name="Run">Its id in the store.</param>
/// <param name="Lost">The unavailable hosts, with the reason of each.</param>
/// <param name="Interrupted">The user stopped it.</param>
public sealed record RunEnd(string Run, IReadOnlyList<string> Lost, bool Interrupted);

/// <summary>One execution of a set of cases on one or more hosts, in parallel, into a store.</summary>
/// <param name="store">Receives the results.</param>
/// <param name="watcher">Notified of everything as it happens.</param>
public sealed class Run(ResultStore store, IRunWatcher watcher)
{
    /// <summary>
    /// Waited beyond a program's own deadline before a probe counts as lost, before scaling by TimeoutScale.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The MVID of the model's assembly. Builds are deterministic, which makes it a hash of the compiled model: it
    /// identifies the rules, whatever machine the assembly was compiled to native code for.
    /// </summary>
    public static string ModelHash { get; } = typeof(Policy).Module.ModuleVersionId.ToString("N");

    /// <summary>The policy for hosts with a kernel that has none; null: they are not judged.</summary>
    public Policy? Unknown { get; init; }

    /// <summary>The known differences of kernels.</summary>
    public IReadOnlyList<KnownDifference> KnownDifferences { get; init; } = [];

    /// <summary>Programs of other test suites, which run on each host after its cases; or null.</summary>
    public PeerRun? Peers { get; init; }

    /// <summary>Schedules the hosts; all at once by default.</summary>
    public HostQueue Queue { get; init; } = HostQueue.Unlimited();

    /// <param name="hosts">Their names differ. Each is disposed when its part is done.</param>
    /// <param name="cases">Those of every host that has none of its own.</param>
    /// <param name="policy">Judge every host by this one; null: each by its kernel's.</param>
    /// <param name="asked">The user's command, with what is needed to resume after an interruption.</param>
    /// <param name="probeHash">The probe's bundle.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written.</exception>
    public async Task<RunEnd> ExecuteAsync(
        IReadOnlyList<RunHost> hosts,
        IReadOnlyList<Case> cases,
        Policy? policy,
        RequestedRun asked,
        string probeHash,
        CancellationToken cancel
    )
    {
        var started = DateTimeOffset.UtcNow;
        var plans = new Dictionary<IReadOnlyList<Case>, CaseRecord[]>(ReferenceEqualityComparer.Instance);
        CaseRecord[] PlanOf(IReadOnlyList<Case> own) =>
            plans.TryGetValue(own, out var plan) ? plan : plans[own] = [.. own.Select(Record)];
        var record = new RunRecord(
            RunId.New(started),
            started,
            asked.CommandLine,
            asked.Harness,
            ModelHash,
            probeHash,
            policy?.Name
        )
        {
            Suite = asked.Suite,
            Request = asked.Request,
            Executor = Executor.ThisProcess.Text,
            Shard = asked.Shard,
        };
        var (writer, ids) = await store
            .BeginRunAsync(
                record,
                [
                    .. hosts.Select(h => new PlannedHost(Known(h), PlanOf(h.Cases ?? cases))
                    {
                        Peers = Peers?.Plans ?? [],
                    }),
                ]
            )
            .ConfigureAwait(false);
        await using (writer)
            return await OnAllAsync(
                    writer,
                    [.. hosts.Zip(ids, (h, id) => new Part(h, id, h.Cases ?? cases, null))],
                    policy,
                    [],
                    cancel
                )
                .ConfigureAwait(false);
    }

    /// <summary>
    /// Resumes a run that did not finish: its cases without a verdict are executed, all others are unchanged.
    /// </summary>
    /// <param name="resumption">The rest of the run.</param>
    /// <param name="hosts">In the order of the rest.</param>
    /// <param name="policy">As at the start of the run.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written, or another process resumed the run.</exception>
    public async Task<RunEnd> ResumeAsync(
        Resumption resumption,
        IReadOnlyList<RunHost> hosts,
        Policy? policy,
        CancellationToken cancel
    )
    {
        await using var writer = await store
            .ResumeRunAsync(resumption.Run.Run.Id, Executor.ThisProcess.Text)
            .ConfigureAwait(false);
        Part[] parts =
        [
            .. hosts.Zip(resumption.Hosts, (host, left) => new Part(host, left.Stored.Id, left.Left, left)),
        ];
        // A harness that was killed may have ended after a host's last verdict, and before it stored the host's end.
        foreach (
            var done in resumption.Run.Hosts.Where(h =>
                h.State is States.Planned or States.Running or States.Interrupted && parts.All(p => p.Id != h.Id)
            )
        )
            await writer.FinishHostAsync(done.Id, States.Finished).ConfigureAwait(false);
        string[] lost =
        [
            .. resumption
                .Run.Hosts.Where(h => h.State == States.Failed && parts.All(p => p.Id != h.Id))
                .Select(h => h.Reason)
                .OfType<string>(),
        ];
        return await OnAllAsync(writer, parts, policy, lost, cancel).ConfigureAwait(false);
    }

    /// <summary>A host of the run, its id in the store, its cases, and what it did before an interruption.</summary>
    private sealed record Part(RunHost Host, long Id, IReadOnlyList<Case> Cases, ResumedHost? Resumed);

    private async Task<RunEnd> OnAllAsync(
        RunWriter writer,
        IReadOnlyList<Part> parts,
        Policy? policy,
        string[] lostBefore,
        CancellationToken cancel
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        string?[] ends = await Task.WhenAll(InOrder(parts).Select(part => OnHostAsync(writer, part, policy, stop)))
            .ConfigureAwait(false);
        bool interrupted = cancel.IsCancellationRequested;
        string[] lost = [.. lostBefore, .. ends.OfType<string>()];
        await writer
            .FinishAsync(
                interrupted ? States.Interrupted
                    : lost.Length > 0 ? States.Failed
                    : States.Finished,
                lost.Length > 0 ? string.Join("; ", lost) : null
            )
            .ConfigureAwait(false);
        return new RunEnd(writer.Run, lost, interrupted);
    }

    /// <summary>
    /// Those that have begun, then those that will take longest by earlier runs, so that no processor is idle at the
    /// end. A host without an earlier run is as fast as the others are on average.
    /// </summary>
    private IEnumerable<Part> InOrder(IReadOnlyList<Part> parts)
    {
        var paces = store.Paces();
        double usual = paces.Values.DefaultIfEmpty(1).Average();
        return parts
            .OrderByDescending(p => p.Host.Host is EarlyHost { HasBegun: true })
            .ThenByDescending(p => p.Cases.Count * paces.GetValueOrDefault(p.Host.Host.Name, usual));
    }

    private async Task<string?> OnHostAsync(RunWriter writer, Part part, Policy? policy, CancellationTokenSource stop)
    {
        var host = part.Host;
        var journal = new RunJournal(writer, part.Id, Known(host), () => host.Host.Platform, watcher, stop.Cancel);
        string? lost = null;
        bool interrupted = false;
        try
        {
            lost = await InTurnAsync(writer, part, policy, journal, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            interrupted = true;
        }
        await journal.FlushAsync().ConfigureAwait(false);
        await writer.AddPoolAsync(part.Id, host.Host.Pool).ConfigureAwait(false);
        await writer
            .FinishHostAsync(
                part.Id,
                interrupted ? States.Interrupted
                    : lost is null ? States.Finished
                    : States.Failed,
                interrupted ? "stopped by the user" : lost
            )
            .ConfigureAwait(false);
        watcher.Phase(
            host.Host.Name,
            interrupted ? "stopped"
                : lost is null ? "done"
                : "lost"
        );
        return lost;
    }

    /// <returns>Null, or why the host was unavailable.</returns>
    private async Task<string?> InTurnAsync(
        RunWriter writer,
        Part part,
        Policy? policy,
        RunJournal journal,
        CancellationToken stop
    )
    {
        Task<string?> PeersAsync() =>
            Peers?.ExecuteAsync(part.Host, p => writer.RecordPeerAsync(part.Id, p), journal.Phase, stop)
            ?? Task.FromResult<string?>(null);

        var host = part.Host;
        // Disposed before the next host starts: a machine that is ending still has its memory.
        IDisposable? place = null;
        try
        {
            await using (host.Host.ConfigureAwait(false))
            {
                await using var session = new HostSession(host.Host, Processes.TimeoutScale.Scale(Grace), journal.Phase)
                {
                    Choose = known => Choose(known, policy),
                };
                var run = new HostRun(session, journal) { KnownDifferences = KnownDifferences, Resumed = part.Resumed };
                if (await run.PrepareAsync(part.Cases, stop).ConfigureAwait(false) is { } reason)
                {
                    await PeersAsync().ConfigureAwait(false);
                    return reason;
                }
                journal.Phase("waiting");
                place = await Queue.EnterAsync(host.Need, stop).ConfigureAwait(false);
                string? lost = await run.ExecuteAsync(part.Cases, stop).ConfigureAwait(false);
                string? stopped = await PeersAsync().ConfigureAwait(false);
                return lost ?? stopped;
            }
        }
        finally
        {
            place?.Dispose();
        }
    }

    private PolicyChoice Choose(HostProfile known, Policy? named)
    {
        var choice = ReleaseCatalog.Choose(known.Release, known.Build, named);
        return choice.Policy is null && Unknown is not null ? PolicyChoice.Named(Unknown, choice.Release) : choice;
    }

    private static HostRecord Known(RunHost host) => new(host.Host.Name, host.Kind);

    /// <summary>The memory; for a lifecycle case the kind of VM, too, since they have little in common.</summary>
    private static string ClassOf(Case c) =>
        c switch
        {
            LifecycleCase lifecycle => $"life:{OperationText.Word(lifecycle.Vm)}:{CaseText.Word(c.Backing)}",
            CapabilityCase => CaseDimensions.Capability.Name,
            SlotCallsCase => SlotCallsCase.Class,
            AbortCase => AbortCase.KeyWord,
            TagCase => TagCase.KeyWord,
            RingCase => RingCase.KeyWord,
            NestedCase => NestedCase.KeyWord,
            CacheCase => $"{CacheCase.KeyWord}:{CaseText.Word(c.Backing)}",
            _ => CaseText.Word(c.Backing),
        };

    private static CaseRecord Record(Case c) =>
        new(c.Id, ClassOf(c), c.Key, System.Text.Json.JsonSerializer.Serialize(AllCases.Attributes(c)));
}
