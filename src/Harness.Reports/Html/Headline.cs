using System.Globalization;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The first line, which summarizes the run.</summary>
/// <param name="Level">Shown by colour, shape and word.</param>
/// <param name="What">What happened: "126 mismatches on 3 of 8 hosts contradict 7 rules".</param>
/// <param name="Scope">The totals: "8 hosts, 200 cases, 1200 verdicts".</param>
internal sealed record Headline(Level Level, string What, string Scope)
{
    public string Word =>
        Level switch
        {
            Level.Green => "green",
            Level.Amber => "amber",
            _ => "red",
        };

    /// <param name="broken">The safety properties that results violate: never just green.</param>
    public static Headline Of(
        RunSummary run,
        int cases,
        IReadOnlyList<FindingGroup> findings,
        BrokenProperties? broken = null
    )
    {
        string noun = PairTarget.Noun(run.Hosts);
        int Sum(string verdict) => run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(verdict));
        int HostsWith(IEnumerable<string> verdicts) => run.Hosts.Count(h => verdicts.Any(h.Verdicts.ContainsKey));
        int failed = run.Hosts.Count(h => h.State == States.Failed);
        var red = Verdicts.All.Where(v => Severity.Of(v) == Level.Red && Sum(v) > 0).ToList();
        var amber = Verdicts.All.Where(v => Severity.Of(v) == Level.Amber && Sum(v) > 0).ToList();
        int judged = Verdicts.Of(VerdictClass.Good).Sum(Sum);
        int all = run.Hosts.Sum(h => h.Planned);
        var level = Severity.Of(run, broken is { Cases: > 0 });
        string what;
        if (red.Count > 0)
        {
            int rules = findings
                .Where(f => f.Verdict == Verdicts.Mismatch && f.Rule is not null)
                .Select(f => f.Rule)
                .Distinct()
                .Count();
            what =
                List(red.Select(v => Many(Sum(v), Noun(v))))
                + On(HostsWith(red), run.Hosts.Count, noun)
                + (
                    rules > 0 && red is [Verdicts.Mismatch]
                        ? $" {(Sum(Verdicts.Mismatch) == 1 ? "contradicts" : "contradict")} {Many(rules, "rule")}"
                        : ""
                )
                + (failed > 0 ? $"; {Many(failed, noun)} failed" : "");
        }
        else if (amber.Count > 0 || failed > 0 || run.State != States.Finished || judged == 0)
        {
            string trouble = List([
                .. amber.Select(v => Many(Sum(v), Noun(v))),
                .. failed > 0 ? [$"{Many(failed, noun)} failed"] : Array.Empty<string>(),
            ]);
            string state = run.State == States.Finished ? "" : $"the run is {run.State}";
            what =
                judged == 0 && trouble.Length + state.Length == 0
                    ? "Nothing could be judged"
                    : "No mismatch, but " + List(new[] { trouble, state }.Where(t => t.Length > 0));
        }
        else
        {
            what =
                judged == Sum(Verdicts.Match)
                    ? $"Every kernel did what its policy allows: {Number(judged)} of {Number(judged)} judged cases match"
                    : $"Nothing new: {Number(Sum(Verdicts.Match))} match, {List(new[] { Verdicts.Known, Verdicts.Erratum }.Where(v => Sum(v) > 0).Select(v => Many(Sum(v), Noun(v))))}";
        }
        if (broken is not null)
            what += PropertyWords.Total(broken);
        string of =
            noun == "pair"
                ? $"{Many(PairTarget.Of(run.Hosts).Count, "target")}, {Many(run.Hosts.Count, noun)}, {Many(cases, "migration")}"
                : $"{Many(run.Hosts.Count, noun)}, {Many(cases, "case")}";
        return new Headline(level, what, $"{of}, {Many(all - Sum(Verdicts.Planned), "verdict")}");
    }

    /// <summary>"1 mismatch", "12,000 mismatches".</summary>
    public static string Many(int count, string noun) =>
        $"{Number(count)} "
        + (
            count == 1 || noun.EndsWith("trouble", StringComparison.Ordinal) ? noun
            : noun.EndsWith("sh", StringComparison.Ordinal) || noun.EndsWith("tch", StringComparison.Ordinal)
                ? noun + "es"
            : noun.EndsWith("um", StringComparison.Ordinal) ? noun[..^2] + "a"
            : noun + "s"
        );

    /// <summary>With thin spaces between thousands: the same in every locale.</summary>
    public static string Number(long count) =>
        count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '\u2009');

    private static string Noun(string verdict) =>
        verdict switch
        {
            Verdicts.Unstable => "unstable case",
            Verdicts.Unverified => "case decided differently by a release that has not been read",
            Verdicts.Known => "known difference",
            Verdicts.Erratum => "erratum",
            Verdicts.Infrastructure => "infrastructure trouble",
            Verdicts.ProbeError => "probe error",
            _ => verdict,
        };

    private static string On(int hosts, int all, string noun) =>
        all == 1 ? $" on the {noun}"
        : hosts == all ? $" on {(all == 2 ? "both" : $"all {all}")} {noun}s"
        : $" on {hosts} of {all} {noun}s";

    private static string List(IEnumerable<string> parts)
    {
        var all = parts.Where(p => p.Length > 0).ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.SkipLast(1))} and {all[^1]}";
    }
}
