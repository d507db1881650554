using Harness.Reports;
using Harness.Store;

namespace Harness.Site;

/// <summary>What the pages of a site are about, as the databases were at one moment.</summary>
public sealed class Content
{
    private readonly Dictionary<string, SiteRun> _runs;
    private readonly Dictionary<string, Finding> _findings;
    private readonly Lazy<Dictionary<string, SiteRule>> _rules;

    /// <param name="runs">Of every database; a run that several have is taken from the first.</param>
    public Content(IReadOnlyList<SiteRun> runs)
    {
        Runs = [.. runs.DistinctBy(r => r.Id).OrderByDescending(r => r.Started).ThenByDescending(r => r.Id)];
        _runs = Runs.ToDictionary(r => r.Id);
        Suites =
        [
            .. Runs.Where(r => r.Run.Run.Suite is not null)
                .GroupBy(r => r.Run.Run.Suite!)
                .Select(g => new Suite(g.Key, [.. g]))
                .OrderByDescending(s => s.Runs[0].Run.Hosts.Sum(h => h.Planned)),
        ];
        Findings = Site.Finding.Of(Runs);
        _findings = Findings.ToDictionary(f => f.Id);
        Stores = [.. Runs.Select(r => r.Store).Distinct()];
        var hosts = Runs.SelectMany(r => r.Run.Hosts).Select(h => h.Host);
        Targets = [.. hosts.Select(h => h.Target).Distinct().Order()];
        Kernels =
        [
            .. hosts
                .Where(h => h.Kind != HostKinds.Pair)
                .Select(h => h.KernelRelease)
                .OfType<string>()
                .Distinct()
                .Order(),
        ];
        _rules = new(() => SiteRule.Of(this).ToDictionary(r => r.Name));
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<SiteRun> Runs { get; }

    /// <summary>The one with the largest newest run first.</summary>
    public IReadOnlyList<Suite> Suites { get; }

    /// <summary>Over all runs, the most urgent first.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Of the models of all runs, by name.</summary>
    public IReadOnlyCollection<SiteRule> Rules => _rules.Value.Values;

    /// <summary>The names of all targets and pairs.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>The releases of all machines, as uname -r.</summary>
    public IReadOnlyList<string> Kernels { get; }

    /// <summary>What broken properties are known for.</summary>
    public KnownFindings Known { get; init; } = KnownFindings.None;

    public SiteRun? Run(string id) => _runs.GetValueOrDefault(id);

    public Suite? Suite(string name) => Suites.FirstOrDefault(s => s.Name == name);

    public Finding? Finding(string id) => _findings.GetValueOrDefault(id);

    public SiteRule? Rule(string name) => _rules.Value.GetValueOrDefault(name);

    /// <summary>A case that some run planned.</summary>
    public CaseRecord? Case(string id) => Stores.Select(s => s.Case(id)).FirstOrDefault(c => c is not null);

    /// <summary>The newest earlier run of the same suite; null for the first, and for a run without a suite.</summary>
    public SiteRun? Before(SiteRun run) =>
        run.Run.Run.Suite is { } suite
            ? Suite(suite)?.Runs.SkipWhile(r => r.Id != run.Id).Skip(1).FirstOrDefault(r => r.Store == run.Store)
            : null;

    public IReadOnlyList<ResultStore> Stores { get; }
}

/// <summary>The runs of a suite, newest first.</summary>
public sealed record Suite(string Name, IReadOnlyList<SiteRun> Runs);
