using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Site;

/// <summary>
/// Something that results over many runs have in common: a rule that is contradicted, a reason, a violated safety
/// property, or what a kernel reported.
/// </summary>
/// <param name="Id">Part of its address; the same in every database.</param>
/// <param name="Kind">What kind it is.</param>
/// <param name="Title">The rule, the property, the report, or the reason.</param>
/// <param name="Verdict">The verdict of its results; null for properties and reports.</param>
/// <param name="Seen">By run, newest first, and host.</param>
public sealed partial record Finding(
    string Id,
    FindingKind Kind,
    string Title,
    string? Verdict,
    IReadOnlyList<FindingOnHost> Seen
)
{
    public SiteRun First => Seen[^1].Run;

    public SiteRun Last => Seen[0].Run;

    public IEnumerable<SiteRun> Runs => Seen.Select(s => s.Run).Distinct();

    public IEnumerable<string> Targets => Seen.Select(s => s.Host.Host.Target).Distinct(StringComparer.Ordinal);

    /// <summary>How many results the newest run with it has.</summary>
    public int CasesInLast => Seen.TakeWhile(s => s.Run == Last).Sum(s => s.Cases);

    /// <summary>Those of some runs, the most urgent first.</summary>
    /// <param name="runs">Newest first.</param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<SiteRun> runs) =>
        [
            .. runs.SelectMany(OfRun)
                .GroupBy(f => f.Key)
                .Select(g => new Finding(
                    g.Key.Id,
                    g.Key.Kind,
                    g.Key.Title,
                    g.Key.Verdict,
                    [
                        .. g.Select(f => f.On)
                            .GroupBy(o => (o.Run, o.Host.Id))
                            .Select(same => same.First() with { Cases = same.Sum(o => o.Cases) }),
                    ]
                ))
                .OrderBy(f => f.Kind)
                .ThenBy(f => f.Verdict is null ? 0 : (int)Verdicts.Of(f.Verdict).Tone)
                .ThenByDescending(f => f.Last.Started)
                .ThenByDescending(f => f.CasesInLast)
                .ThenBy(f => f.Title, StringComparer.Ordinal),
        ];

    private static IEnumerable<(
        (string Id, FindingKind Kind, string Title, string? Verdict) Key,
        FindingOnHost On
    )> OfRun(SiteRun run) =>
        run
            .History.Breaches.Select(b =>
                (
                    ($"property-{b.Property}", FindingKind.Property, b.Property, (string?)null),
                    new FindingOnHost(run, run.Host(b.Host), b.Cases, b.Example)
                )
            )
            .Concat(
                run.History.Findings.Select(f =>
                    (Key(f.Verdict, f.Rule, f.Reason), new FindingOnHost(run, run.Host(f.Host), f.Cases, f.Example))
                )
            )
            .Concat(
                run.History.Reports.Select(r =>
                    (
                        ($"report-{Hash(r.Title)}", FindingKind.KernelReport, r.Title, (string?)null),
                        new FindingOnHost(run, run.Host(r.Host), r.Results, r.Example)
                    )
                )
            );

    /// <summary>The finding of a result with this verdict, rule and reason.</summary>
    internal static string IdOf(string verdict, string? rule, string? reason) => Key(verdict, rule, reason).Id;

    /// <summary>By rule, whatever the reason's words are; else by the reason, without its numbers.</summary>
    private static (string Id, FindingKind Kind, string Title, string? Verdict) Key(
        string verdict,
        string? rule,
        string? reason
    )
    {
        if (rule is not null && Verdicts.Of(verdict).Differs == true && verdict != Verdicts.Known)
            return ($"{verdict}-{rule}", FindingKind.Verdict, rule, verdict);
        string title = Numbers().Replace(FindingGroup.Gathering.Reasoned(reason) ?? "no reason was given", "N");
        return ($"{verdict}-{Hash(title)}", FindingKind.Verdict, title, verdict);
    }

    private static string Hash(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..10];

    [GeneratedRegex(@"\b(0x[0-9a-f]+|\d+)\b")]
    private static partial Regex Numbers();
}

/// <summary>The kinds of findings, the most urgent first.</summary>
public enum FindingKind
{
    /// <summary>A safety property that results violate, whatever their verdicts are.</summary>
    Property,

    /// <summary>A verdict that is neither match nor skip.</summary>
    Verdict,

    /// <summary>What a kernel reported in its log.</summary>
    KernelReport,
}

/// <summary>A finding on a host of a run.</summary>
/// <param name="Cases">How many of its results have it.</param>
/// <param name="Example">The id of one of the cases.</param>
public sealed record FindingOnHost(SiteRun Run, HostSummary Host, int Cases, string Example);
