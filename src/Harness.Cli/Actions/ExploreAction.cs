using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Processes;
using Harness.Reports;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Exploring;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

/// <summary>harness explore.</summary>
/// <param name="Target">The host.</param>
/// <param name="Against">Another host for the same programs, or null.</param>
/// <param name="Time">How long new programs are made.</param>
/// <param name="Seed">Of the random programs.</param>
/// <param name="Steps">The most steps of a program.</param>
/// <param name="Programs">Programs to run first.</param>
/// <param name="Corpus">An absolute path, or null.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="Wait">How long to wait for a lab host that another user has.</param>
/// <param name="CommandLine">As typed, for the record.</param>
public sealed record ExploreRequest(
    NamedTarget Target,
    NamedTarget? Against,
    TimeSpan Time,
    int Seed,
    int Steps,
    IReadOnlyList<ProgramCase> Programs,
    string? Corpus,
    string Database,
    RunOptions How,
    TimeSpan Wait,
    string CommandLine
)
{
    /// <summary>The policy to judge by; null for that of each host's kernel.</summary>
    public Policy? Policy { get; init; }
}

/// <summary>What was explored on a host.</summary>
/// <param name="Target">The host.</param>
/// <param name="End">How it ended.</param>
/// <param name="Judged">Its programs, if there are two hosts; else empty.</param>
internal sealed record ExploredHost(NamedTarget Target, ExplorationEnd End, IReadOnlyList<JudgedProgram> Judged);

/// <summary>Explores a host, reports what deviates, and stores it as a run.</summary>
internal static class ExploreAction
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>Progress is printed this often, and at each deviation.</summary>
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(10);

    public static async Task<int> ExecuteAsync(ExploreRequest request, HarnessConsole console, CancellationToken cancel)
    {
        if (File.Exists(request.Database))
            ResultStore.OpenOrCreate(request.Database);
        var corpus = ProgramCorpus.Read(request.Corpus);
        var first = await ExploreAsync(
                request,
                request.Target,
                [.. request.Programs, .. corpus.Programs],
                request.Time,
                console,
                cancel
            )
            .ConfigureAwait(false);
        corpus.Add(first.End.Interesting);
        bool unavailable = false;
        ExploredHost? second = null;
        if (request.Against is { } other && !cancel.IsCancellationRequested)
            try
            {
                second = await ExploreAsync(
                        request,
                        other,
                        [.. first.Judged.Select(j => j.Program)],
                        TimeSpan.Zero,
                        console,
                        cancel
                    )
                    .ConfigureAwait(false);
            }
            catch (HostUnavailableException e)
            {
                // What the first host did is reported all the same.
                console.Complain($"{other.Name}: {e.Message}");
                unavailable = true;
            }
        var differences = second is null ? null : HostDifferences.Between(first.Judged, second.Judged);
        ExploredHost[] hosts = second is null ? [first] : [first, second];
        string? run = cancel.IsCancellationRequested
            ? null
            : await StoreAsync(request, hosts, console, cancel).ConfigureAwait(false);
        if (request.How.Json)
            ExploreReport.Json(request, hosts, differences, run, console.Out);
        else
            ExploreReport.Text(request, hosts, differences, run, console.Report());
        cancel.ThrowIfCancellationRequested();
        return unavailable || hosts.Any(h => h.End.Lost is not null) ? ExitCodes.Infrastructure
            : hosts.Any(h => h.End.Deviations.Any(d => d.Counts) || h.End.Losses.Count > 0)
            || differences?.Otherwise.Count > 0
                ? ExitCodes.Mismatch
            : ExitCodes.Ok;
    }

    private static async Task<ExploredHost> ExploreAsync(
        ExploreRequest request,
        NamedTarget target,
        IReadOnlyList<ProgramCase> programs,
        TimeSpan time,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var use = HostUse.For(request.CommandLine, console, request.Wait, request.How);
        var host = RunHosts.Create(ProbeFile.Embedded, [target], use)[0].Host;
        await using (host.ConfigureAwait(false))
        {
            ExplorationProgress? last = null;
            await using var session = new HostSession(host, TimeoutScale.Scale(Grace), Print)
            {
                Choose = known => ReleaseCatalog.Choose(known.Release, known.Build, request.Policy),
            };
            var judged = new List<JudgedProgram>();
            var exploration = new Exploration(session, request.How.Known(), Progress)
            {
                MostSteps = request.Steps,
                Corpus = programs,
                Judged = request.Against is null ? null : judged.Add,
            };
            var end = await exploration.ExecuteAsync(request.Seed, time, cancel).ConfigureAwait(false);
            return new ExploredHost(target, end, judged);

            void Progress(ExplorationProgress now)
            {
                if (last is not null && now.Deviations == last.Deviations && now.Elapsed - last.Elapsed < Often)
                    return;
                last = now;
                Print(ExploreReport.Words(now, time));
            }
        }

        void Print(string what) => console.Error.WriteLine($"harness: {Printable.Of($"{target.Name}: {what}")}");
    }

    /// <summary>The deviating programs as a run of their own, so that every command knows them.</summary>
    /// <returns>The run's id; null if nothing deviates on a host that is still there.</returns>
    private static async Task<string?> StoreAsync(
        ExploreRequest request,
        IReadOnlyList<ExploredHost> hosts,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var parts = hosts
            .Where(h => h.End is { Lost: null, Deviations.Count: > 0 })
            .Select(h => (h.Target, (IReadOnlyList<Case>)[.. h.End.Deviations.Select(d => d.Program)]))
            .ToList();
        if (parts.Count == 0)
            return null;
        var (_, end) = await DirectRun
            .ExecuteAsync(
                request.Database,
                parts,
                HostUse.For(request.CommandLine, console, request.Wait, request.How),
                request.Policy,
                (store, watcher) => new Run(store, watcher) { KnownDifferences = request.How.Known() },
                console,
                cancel
            )
            .ConfigureAwait(false);
        return end.Run;
    }
}
