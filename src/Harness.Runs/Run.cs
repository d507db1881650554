using System.Security.Cryptography;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Runs;

/// <summary>A host to run on.</summary>
/// <param name="Host">Booted or connected when the run comes to it.</param>
/// <param name="Kind">"qemu" or "ssh".</param>
public sealed record RunHost(IProbeHost Host, string Kind)
{
    /// <summary>What it takes of this machine while it runs.</summary>
    public HostNeed Need { get; init; } = HostNeed.Elsewhere;

    /// <summary>Its own cases; null: those of the run.</summary>
    public IReadOnlyList<Case>? Cases { get; init; }
}

/// <summary>How a run ended, over all its hosts.</summary>
/// <param name="Run">Its id in the store.</param>
/// <param name="Lost">The hosts that could not be had, with the reason of each.</param>
/// <param name="Interrupted">The user stopped it.</param>
public sealed record RunEnd(string Run, IReadOnlyList<string> Lost, bool Interrupted);

/// <summary>One execution of a set of cases on one or more hosts, side by side, into a store.</summary>
/// <param name="store">Where it goes.</param>
/// <param name="watcher">Told of everything as it goes.</param>
public sealed class Run(ResultStore store, IRunWatcher watcher)
{
    /// <summary>Waited beyond a program's own deadline before a probe counts as lost, before Patience stretches it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>SHA-256 of the model's assembly: builds are deterministic, so it names the rules.</summary>
    public static string ModelHash { get; } = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(typeof(Policy).Assembly.Location)));

    /// <summary>What hosts are judged under whose kernel belongs to no policy; null: they are not judged.</summary>
    public Policy? Unknown { get; init; }

    /// <summary>Who may run when; all at once unless set.</summary>
    public HostQueue Queue { get; init; } = HostQueue.Unlimited();

    /// <param name="hosts">Their names differ. Each is disposed when its part is done.</param>
    /// <param name="cases">Those of every host that has none of its own.</param>
    /// <param name="policy">Judge every host under this one; null: each under its kernel's.</param>
    /// <param name="commandLine">As the user typed it.</param>
    /// <param name="probeHash">The probe's bundle.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written.</exception>
    public async Task<RunEnd> ExecuteAsync(
        IReadOnlyList<RunHost> hosts, IReadOnlyList<Case> cases, Policy? policy, string commandLine, string probeHash,
        CancellationToken cancel)
    {
        string version = typeof(Run).Assembly.GetName().Version?.ToString(3) ?? "0";
        var started = DateTimeOffset.UtcNow;
        await using var writer = await store.BeginRunAsync(new RunRecord(
            RunId.New(started), started, commandLine, version, ModelHash, probeHash, policy?.Name)).ConfigureAwait(false);
        var plans = new Dictionary<IReadOnlyList<Case>, CaseRecord[]>(ReferenceEqualityComparer.Instance);
        var ids = new long[hosts.Count];
        for (int i = 0; i < hosts.Count; i++)
        {
            ids[i] = await writer.AddHostAsync(Known(hosts[i])).ConfigureAwait(false);
            var own = hosts[i].Cases ?? cases;
            if (!plans.TryGetValue(own, out var plan))
                plans[own] = plan = [.. own.Select(Record)];
            await writer.PlanAsync(ids[i], plan).ConfigureAwait(false);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        string?[] ends = await Task.WhenAll(hosts.Select((host, i) =>
            OnHostAsync(writer, host, ids[i], host.Cases ?? cases, policy, stop))).ConfigureAwait(false);
        bool interrupted = cancel.IsCancellationRequested;
        string[] lost = [.. ends.OfType<string>()];
        await writer.FinishAsync(interrupted ? States.Interrupted : lost.Length > 0 ? States.Failed : States.Finished,
            lost.Length > 0 ? string.Join("; ", lost) : null).ConfigureAwait(false);
        return new RunEnd(writer.Run, lost, interrupted);
    }

    private async Task<string?> OnHostAsync(
        RunWriter writer, RunHost host, long id, IReadOnlyList<Case> cases, Policy? policy, CancellationTokenSource stop)
    {
        var journal = new RunJournal(writer, id, Known(host), () => host.Host.Platform, watcher, stop.Cancel);
        string? lost = null;
        bool interrupted = false;
        try
        {
            lost = await InTurnAsync(host, cases, policy, journal, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            interrupted = true;
        }
        await journal.FlushAsync().ConfigureAwait(false);
        await writer.FinishHostAsync(id, interrupted ? States.Interrupted : lost is null ? States.Finished : States.Failed,
            interrupted ? "stopped by the user" : lost).ConfigureAwait(false);
        watcher.Phase(host.Host.Name, interrupted ? "stopped" : lost is null ? "done" : "lost");
        return lost;
    }

    /// <returns>Null, or why the host could not be had.</returns>
    private async Task<string?> InTurnAsync(
        RunHost host, IReadOnlyList<Case> cases, Policy? policy, RunJournal journal, CancellationToken stop)
    {
        // Gone before the next one comes: the machine that ends still has its memory.
        IDisposable? place = null;
        try
        {
            await using (host.Host.ConfigureAwait(false))
            {
                var run = new HostRun(host.Host, FactsReader.Read, release => policy ?? PolicyCatalog.ForRelease(release) ?? Unknown,
                    journal, Processes.Patience.Scale(Grace));
                if (await run.PrepareAsync(cases, stop).ConfigureAwait(false) is { } reason)
                    return reason;
                journal.Phase("waiting");
                place = await Queue.EnterAsync(host.Need, stop).ConfigureAwait(false);
                return await run.ExecuteAsync(cases, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            place?.Dispose();
        }
    }

    private static HostRecord Known(RunHost host) => new(host.Host.Name, host.Kind);

    private static CaseRecord Record(Case c) => new(c.Id, CaseText.Word(c.Backing), c.Key,
        System.Text.Json.JsonSerializer.Serialize(AllCases.Attributes(c)));
}
