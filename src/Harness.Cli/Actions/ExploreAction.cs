using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
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
);

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
        var (end, judged) = await ExploreAsync(
                request,
                request.Target,
                [.. request.Programs, .. corpus.Programs],
                request.Time,
                console,
                cancel
            )
            .ConfigureAwait(false);
        corpus.Add(end.Interesting);
        var differences =
            request.Against is { } other && !cancel.IsCancellationRequested
                ? await AgainstAsync(request, other, judged, console, cancel).ConfigureAwait(false)
                : null;
        string? run =
            end.Deviations.Count > 0 && end.Lost is null && !cancel.IsCancellationRequested
                ? await StoreAsync(request, [.. end.Deviations.Select(d => d.Program)], console, cancel)
                    .ConfigureAwait(false)
                : null;
        if (request.How.Json)
            ExploreReport.Json(request, end, differences, run, console.Out);
        else
            ExploreReport.Text(request, end, differences, run, console.Report());
        cancel.ThrowIfCancellationRequested();
        return end.Lost is not null || differences?.Lost is not null ? ExitCodes.Infrastructure
            : end.Deviations.Count > 0 || differences?.Otherwise.Count > 0 ? ExitCodes.Mismatch
            : ExitCodes.Ok;
    }

    private static async Task<(ExplorationEnd End, IReadOnlyList<JudgedProgram> Judged)> ExploreAsync(
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
                Choose = known => Model.Policies.ReleaseCatalog.Choose(known.Release, known.Build, null),
            };
            var judged = new List<JudgedProgram>();
            var exploration = new Exploration(session, request.How.Known(), Progress)
            {
                MostSteps = request.Steps,
                Corpus = programs,
                Judged = request.Against is null ? null : judged.Add,
            };
            return (await exploration.ExecuteAsync(request.Seed, time, cancel).ConfigureAwait(false), judged);

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

    private static async Task<HostDifferences> AgainstAsync(
        ExploreRequest request,
        NamedTarget other,
        IReadOnlyList<JudgedProgram> judged,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var (end, there) = await ExploreAsync(
                request,
                other,
                [.. judged.Select(j => j.Program)],
                TimeSpan.Zero,
                console,
                cancel
            )
            .ConfigureAwait(false);
        return HostDifferences.Between(judged, there, end.Lost);
    }

    /// <summary>The deviating programs as a run of their own, so that every command knows them.</summary>
    private static async Task<string> StoreAsync(
        ExploreRequest request,
        IReadOnlyList<Case> cases,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var probe = ProbeFile.Embedded;
        var use = HostUse.For(request.CommandLine, console, request.Wait, request.How);
        await using var created = new EarlyStart(RunHosts.Create(probe, [request.Target], use));
        var model = new Reports.Progress.ProgressModel(TimeProvider.System);
        var end = await new Run(
            ResultStore.OpenOrCreate(request.Database),
            new RunProgress(model, [new(request.Target.Name, cases.Count)])
        )
        {
            KnownDifferences = request.How.Known(),
        }
            .ExecuteAsync(
                created.Hosts,
                cases,
                null,
                new RequestedRun(request.CommandLine, BuildVersion.Text),
                probe.Hash,
                cancel
            )
            .ConfigureAwait(false);
        return end.Run;
    }
}
