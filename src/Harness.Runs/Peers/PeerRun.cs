using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Targets;
using Harness.Targets.Deployment;

namespace Harness.Runs.Peers;

/// <summary>
/// Programs of other test suites on the hosts of a run, each host's after its cases, one after the other. What they say
/// is stored beside the verdicts on the cases that assert the same.
/// </summary>
/// <param name="programs">In order.</param>
/// <param name="build">Compiles them for a host's kernel.</param>
public sealed class PeerRun(IReadOnlyList<PeerProgram> programs, PeerBuilder build)
{
    private readonly ConcurrentDictionary<string, OnHost> _hosts = new();

    private readonly Lazy<Dictionary<string, HashSet<string>>> _same = new(() =>
        programs
            .Where(p => p.Same is not null)
            .ToDictionary(
                p => p.Name,
                p => CaseSelection.Of(CaseFilter.Parse(p.Same!, AllCases.FilterKeys)).Select(c => c.Id).ToHashSet()
            )
    );

    private sealed class OnHost
    {
        public string? Release { get; set; }

        public ConcurrentDictionary<string, VerdictKind> Verdicts { get; } = new();
    }

    /// <summary>As the store plans them.</summary>
    internal IReadOnlyList<PeerPlan> Plans { get; } =
    [.. programs.Select(p => new PeerPlan(p.Name, p.Paths[0], p.Arguments, p.Same))];

    /// <summary>The cases that assert the same as the programs, each once.</summary>
    public static IReadOnlyList<Case> CasesOf(IEnumerable<PeerProgram> programs) =>
        [
            .. programs
                .Select(p => p.Same)
                .OfType<string>()
                .Distinct()
                .SelectMany(filter => CaseSelection.Of(CaseFilter.Parse(filter, AllCases.FilterKeys)))
                .DistinctBy(c => c.Id),
        ];

    /// <summary>Notes what becomes of the cases on each host.</summary>
    public IRunWatcher Watch(IRunWatcher inner) => new Watcher(inner, HostOf);

    private OnHost HostOf(string target) => _hosts.GetOrAdd(target, _ => new OnHost());

    /// <param name="part">The host, after its cases.</param>
    /// <param name="record">Stores what became of a program; called once for each.</param>
    /// <param name="phase">Called for each phase.</param>
    /// <param name="cancel">Ends the program that runs; those without an outcome stay planned.</param>
    /// <returns>Null, or why programs could not run: the host was lost, or they can't be compiled.</returns>
    public async Task<string?> ExecuteAsync(
        RunHost part,
        Func<PeerRecord, Task> record,
        Action<string> phase,
        CancellationToken cancel
    )
    {
        var host = part.Host;
        var known = HostOf(host.Name);
        var where = new PeerHost(known.Release ?? "", part.Kind == HostKinds.Qemu);
        var left = new Queue<PeerProgram>(programs);
        string? why = null;
        try
        {
            if (known.Release is not { } release || PeerSeries.Of(release) is not { } series)
                why = host.Lost ?? "the host did not respond";
            else if (host.Connection is not { } connection)
                why = host.Lost ?? "the host takes no commands";
            else
            {
                phase("selftests");
                var built = await build(series.ToString(2), phase, cancel).ConfigureAwait(false);
                var needs = new FolderNeeds { Only = host.Folder, Bytes = Largest(built) };
                await using var shell = await PeerShell.OpenAsync(connection, needs, cancel).ConfigureAwait(false);
                while (why is null && left.TryDequeue(out var program))
                {
                    phase(Progress(program, left));
                    (var ending, why) = await OneAsync(shell, host, built, program, cancel).ConfigureAwait(false);
                    await record(Record(program, ending, known, where, built.Source)).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is PeerBuildException or TargetException)
        {
            why = host.Lost ?? e.Message;
        }
        foreach (var program in left)
            await record(Record(program, new PeerEnding(PeerStates.NotRun, why!), known, where, source: null))
                .ConfigureAwait(false);
        return why;
    }

    private string Progress(PeerProgram program, Queue<PeerProgram> left)
    {
        var rest = TimeSpan.FromSeconds(program.UsualSeconds + left.Sum(p => p.UsualSeconds));
        string time = rest < TimeSpan.FromMinutes(1) ? "under a minute" : $"about {rest.TotalMinutes:0} min";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{program.Name} ({programs.Count - left.Count}/{programs.Count}, {time} left)"
        );
    }

    /// <returns>How it ended, and why the host can run no other one; or null.</returns>
    private static async Task<(PeerEnding Ending, string? Lost)> OneAsync(
        PeerShell shell,
        IProbeHost host,
        PeerBuild built,
        PeerProgram program,
        CancellationToken cancel
    )
    {
        if (FileOf(built, program) is not { } file)
            return (
                new PeerEnding(PeerStates.NotRun, $"{built.Source} has no program {program.Paths[0]} for arm64"),
                null
            );
        var clock = Stopwatch.StartNew();
        try
        {
            var ending = await shell.RunAsync(file, program, cancel).ConfigureAwait(false);
            return (ending with { Program = Path.GetRelativePath(built.Folder, file) }, null);
        }
        catch (TargetException e)
        {
            // A machine that ended is noticed shortly after its connection.
            for (int i = 0; i < 20 && host.Lost is null; i++)
                await Task.Delay(100, cancel).ConfigureAwait(false);
            string lost = host.Lost ?? e.Message;
            return (
                new PeerEnding(PeerStates.Lost, lost)
                {
                    KernelReports = host.Crash is { } crash ? [crash.Title] : [],
                    Duration = clock.Elapsed,
                },
                lost
            );
        }
    }

    /// <summary>One is there at a time.</summary>
    private long Largest(PeerBuild built) =>
        programs.Max(p => FileOf(built, p) is { } file ? new FileInfo(file).Length : 0);

    private static string? FileOf(PeerBuild built, PeerProgram program) =>
        program.Paths.Select(p => Path.Combine(built.Folder, p)).FirstOrDefault(File.Exists);

    private PeerRecord Record(PeerProgram program, PeerEnding ending, OnHost known, PeerHost where, string? source)
    {
        var own = OwnVerdicts.Of(
            _same
                .Value.GetValueOrDefault(program.Name, [])
                .Select(id => known.Verdicts.GetValueOrDefault(id, VerdictKind.Planned))
        );
        var (relation, explanation) = PeerComparison.Of(program, ending, own, where);
        return new PeerRecord(program.Name, ending.Outcome, ending.Reason, relation, explanation)
        {
            Program = ending.Program,
            Source = source,
            ExitCode = ending.ExitCode,
            Output = ending.Output,
            KernelReports = ending.KernelReports,
            Agreed = own.Agreed,
            Deviated = own.Deviated,
            Unanswered = own.Unanswered,
            DurationMicros = (long)ending.Duration.TotalMicroseconds,
        };
    }

    private sealed class Watcher(IRunWatcher inner, Func<string, OnHost> hosts) : IRunWatcher
    {
        public void Phase(string target, string what) => inner.Phase(target, what);

        public void Host(string target, HostProfile profile, Policy policy)
        {
            hosts(target).Release = profile.Release;
            inner.Host(target, profile, policy);
        }

        public void Verdict(string target, Case c, Verdict verdict)
        {
            hosts(target).Verdicts[c.Id] = verdict.Kind;
            inner.Verdict(target, c, verdict);
        }
    }
}
