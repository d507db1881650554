using System.Globalization;
using Harness.Reports.Comparing;
using Harness.Reports.Outcomes;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Notices;

/// <summary>
/// A stored run on one page of plain text, for cron and mail: the first line is a summary, then what is harmful
/// whatever the verdicts are, and the changes since the previous night, the worst first. Never more than <see
/// cref="MostLines"/> lines of <see cref="Width"/> columns.
/// </summary>
/// <param name="Lines">The page; the first line can be the subject.</param>
public sealed record NightlyMessage(IReadOnlyList<string> Lines)
{
    public const int MostLines = 75;

    public const int Width = 78;

    /// <summary>A longer path would fill the page: only the file's name is shown.</summary>
    private const int MostOfPath = 140;

    public string Subject => Lines[0];

    public override string ToString() => string.Join('\n', Lines) + "\n";

    /// <exception cref="StoreException">The store can't be read.</exception>
    public static NightlyMessage Of(ResultStore store, RunSummary run)
    {
        var night = NightlySummary.Of(store, run);
        var page = new Page(Width);
        page.Line(NightlySubject.Of(night));
        page.Blank();
        Head(page, night);
        Properties(page, night);
        Unread(page, night);
        Changes(page, night, "REGRESSIONS", ChangeKind.Regression, 11);
        Changes(page, night, "BAD, UNKNOWN SINCE WHEN", [ChangeKind.GainedBad, ChangeKind.NewBad], 4);
        LostHosts(page, night);
        Changes(page, night, "BAD IN ANOTHER WAY", ChangeKind.OtherwiseBad, 4);
        Changes(page, night, "UNSTABLE", ChangeKind.Unstable, 4);
        Stale(page, night);
        Rest(page, night);
        Counts(page, night);
        SeeMore(page, night);
        return new NightlyMessage(page.Lines);
    }

    private static void Head(Page page, NightlySummary night)
    {
        var run = night.Run;
        string took = run.FinishedUtc is { } end ? $", took {Time(end - run.Run.StartedUtc)}" : "";
        page.Line($"run {run.Run.Id}, {run.State}{took}, {NightlySummary.Plural(run.Hosts.Count, night.Noun)}");
        if (run.Reason is { } reason)
            page.Line($"  {reason}");
        var earlier = night.ComparedWith;
        if (earlier.Count > 0)
            page.Line(
                $"compared with {earlier[0].Run} on {NightlySummary.Plural(earlier[0].Hosts, night.Noun)}"
                    + (earlier.Count > 1 ? $", with older runs on {earlier.Skip(1).Sum(e => e.Hosts)}" : "")
            );
        int first = night.Comparison.Hosts.Count(h => h.Before is null);
        if (first > 0)
            page.Line(
                night.Before is null
                    ? "the first of its kind: nothing to compare with"
                    : $"{NightlySummary.Plural(first, night.Noun)} without a comparable run before: new, or model, probe, policy or capabilities changed"
            );
    }

    private static void Changes(Page page, NightlySummary night, string heading, ChangeKind kind, int most) =>
        Changes(page, night, heading, [kind], most);

    private static void Changes(Page page, NightlySummary night, string heading, ChangeKind[] kinds, int most)
    {
        var groups = night.Comparison.Groups.Where(g => kinds.Contains(g.Kind)).ToList();
        page.Section(
            $"{heading} {NightlySummary.Number(groups.Sum(g => g.Cases))}",
            [.. groups.Select(g => Group(g, inFull: g.Kind == ChangeKind.Regression))],
            most,
            left =>
                $"and {NightlySummary.Number(groups.TakeLast(left).Sum(g => g.Cases))} more of {NightlySummary.Plural(left, "other kind")}"
        );
    }

    private static List<string> Group(ChangeGroup group, bool inFull)
    {
        var example = group.Examples[0];
        var lines = new List<string>
        {
            $"{NightlySummary.Number(group.Cases)} {ChangeWords.Arrow(group.From, group.To)} on {NightlySummary.On(group.Targets.Keys)}{(group.Rule is { } rule ? $": {rule}" : "")}",
        };
        string id = $"{example.CaseId} {CaseTitle.Short(example.Title)}";
        if (!inFull)
        {
            lines.Add($"  {id}");
            return lines;
        }
        if (ChangeWords.Of(group.Who) is { Length: > 0 } who)
            lines.Add("  " + who);
        lines.Add($"  {(group.Cases > 1 ? "such as " : "")}{id}");
        var said = OutcomeDifference.First(
            StoredOutcome.Predicted(example.After),
            StoredOutcome.Observed(example.After)
        );
        if (said.One is { } predicted)
            lines.AddRange(Page.Wrap("    predicted ", predicted, Width - 2));
        if (said.Other is { } observed)
            lines.AddRange(Page.Wrap("    observed  ", observed, Width - 2));
        return lines;
    }

    /// <summary>What is harmful although it may match: those that are new first.</summary>
    private static void Properties(Page page, NightlySummary night)
    {
        int New(BrokenProperty p) => night.Newly.FirstOrDefault(n => n.Name == p.Name)?.Cases ?? 0;
        string Which(BrokenProperty p) =>
            New(p) is > 0 and var fresh
                ? fresh == p.Cases
                    ? ", new"
                    : $", {NightlySummary.Number(fresh)} new"
                : "";
        page.Section(
            $"SAFETY PROPERTIES BROKEN {night.Broken.Properties.Count}",
            [
                .. night
                    .Broken.Properties.OrderByDescending(p => New(p) > 0)
                    .Select(p =>
                        (IReadOnlyList<string>)
                            [
                                $"{NightlySummary.Number(p.Cases)} {p.Name} on {NightlySummary.On(p.Targets)}{Which(p)}",
                                .. Page.Wrap("  ", p.Says, Width - 2),
                            ]
                    ),
            ],
            14,
            left => $"and {left} more"
        );
    }

    /// <summary>
    /// A reader must know that these kernels are judged by the policy of another release.
    /// </summary>
    private static void Unread(Page page, NightlySummary night) =>
        page.Section(
            $"UNREAD RELEASES {night.Unread.Count}",
            [
                .. night.Unread.Select(u =>
                    (IReadOnlyList<string>)
                        [
                            .. Page.Wrap($"{u.Host.Host.Target}: ", u.Sentence, Width - 2),
                            .. u
                                .Rules.Take(2)
                                .Select(r =>
                                    $"  {NightlySummary.Number(r.Rows.Count)} {r.Rule}, such as {r.Rows[0].CaseId}"
                                ),
                            .. u.Command is { } command ? Page.Wrap("  ", command, Width - 2) : [],
                        ]
                ),
            ],
            9,
            left => $"and {NightlySummary.Plural(left, "more host")}"
        );

    private static void LostHosts(Page page, NightlySummary night) =>
        page.Section(
            $"UNAVAILABLE {night.Noun.ToUpperInvariant()}S {night.Gone.Count}",
            [.. night.Gone.Select(h => (IReadOnlyList<string>)[$"{h.Host.Target}: {h.Reason ?? "no reason given"}"])],
            4,
            left => $"and {left} more"
        );

    private static void Stale(Page page, NightlySummary night) =>
        page.Section(
            $"STALE KNOWN DIFFERENCES {night.Stale.Count}",
            [
                .. night.Stale.Select(s =>
                    (IReadOnlyList<string>)
                        [
                            $"{s.Name}: none of {NightlySummary.Plural(s.Asked, "case")} still differs on {NightlySummary.On(s.Targets)}",
                        ]
                ),
            ],
            3,
            left => $"and {left} more"
        );

    private static void Rest(Page page, NightlySummary night)
    {
        var lines = new List<IReadOnlyList<string>>();
        void Add(int cases, string what)
        {
            if (cases > 0)
                lines.Add([$"{NightlySummary.Plural(cases, "case")} {what}"]);
        }

        Add(night.Comparison.Count(ChangeKind.Fix), "fixed");
        Add(night.Comparison.Count(ChangeKind.NowKnown), "known from now on");
        Add(night.LostCases, $"without an answer that had one, {night.Noun}s above apart");
        Add(night.Comparison.Count(ChangeKind.Gained), "answered that were not");
        Add(night.Comparison.Count(ChangeKind.OtherwiseGood), "good in another way");
        Add(night.Before is null ? 0 : night.Comparison.Count(ChangeKind.New), "new");
        Add(night.Comparison.Count(ChangeKind.Vanished), "no longer run");
        if (
            night.Comparison.Hosts.Where(h => h.After is null).Select(h => h.Target).ToList() is { Count: > 0 } vanished
        )
            lines.Add([
                $"{NightlySummary.Plural(vanished.Count, night.Noun)} no longer in the run: {NightlySummary.On(vanished)}",
            ]);
        page.Section("AND", lines, 4, left => $"and {left} more");
    }

    private static void Counts(Page page, NightlySummary night)
    {
        page.Blank();
        page.Line($"ALL {NightlySummary.Plural(night.Planned, "CASE").ToUpperInvariant()}");
        page.Words(
            Verdicts
                .All.Select(v => (Verdict: v, Cases: night.Count(v)))
                .Where(c => c.Cases > 0)
                .Select(c => $"{c.Verdict} {NightlySummary.Number(c.Cases)}")
        );
    }

    private static void SeeMore(Page page, NightlySummary night)
    {
        page.Blank();
        page.Line("SEE MORE");
        string path = Path.GetFullPath(night.Database);
        page.Command([$"db={Quoted(path.Length <= MostOfPath ? path : Path.GetFileName(path))}"]);
        page.Command(["harness", "report", night.Run.Run.Id, "--db", "\"$db\""]);
        if ((night.ComparedWith is [var first, ..] ? first.Run : night.Before) is { } before)
            page.Command(["harness", "compare", before, night.Run.Run.Id, "--db", "\"$db\""]);
    }

    private static string Quoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
            ? path
            : "'" + Printable.Of(path).Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static string Time(TimeSpan time) =>
        time.TotalMinutes < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");
}
