using Harness.Reports.Comparing;
using Harness.Store;

namespace Harness.Reports.Notices;

/// <summary>
/// The summary line: "harness nightly: 2 regressions on 7.2/max/vhe, 1 host lost; 21,496 of 21,498 as predicted".
/// </summary>
internal static class NightlySubject
{
    public static string Of(NightlySummary night)
    {
        string begin =
            $"harness {night.Run.Run.Suite ?? "run"}{(night.Run.Run.Shard is { Short: { } part } ? $" {part}" : "")}: ";
        string end =
            $"; {NightlySummary.Number(night.AsPredicted)} of {NightlySummary.Number(night.Planned)} as predicted";
        var (named, plain) = (News(night, named: true), News(night, named: false));
        // Names of hosts are dropped first; then the least urgent news.
        if (Fits(named))
            return Whole(named);
        for (int n = plain.Count; n > 1; n--)
            if (Fits(plain[..n]))
                return Whole(plain[..n]);
        return Page.Cut(Whole(plain[..1]), NightlyMessage.Width);

        string Whole(IReadOnlyList<string> news) => begin + string.Join(", ", news) + end;
        bool Fits(IReadOnlyList<string> news) => Printable.Of(Whole(news)).Length <= NightlyMessage.Width;
    }

    /// <summary>At least one, the most urgent first.</summary>
    private static List<string> News(NightlySummary night, bool named)
    {
        var comparison = night.Comparison;
        var news = new List<string>();
        void Add(int number, string one, string many)
        {
            if (number > 0)
                news.Add($"{NightlySummary.Number(number)} {(number == 1 ? one : many)}");
        }

        string On(params ChangeKind[] kinds) =>
            named && comparison.Groups.Any(g => kinds.Contains(g.Kind))
                ? $" on {NightlySummary.On(comparison.Groups.Where(g => kinds.Contains(g.Kind)).SelectMany(g => g.Targets.Keys))}"
                : "";

        string OnNewly() =>
            named && night.Newly.Count > 0
                ? $" on {NightlySummary.On(night.Newly.SelectMany(p => p.Targets.Keys))}"
                : "";

        if (night.Run.State == States.Interrupted)
            news.Add("interrupted");
        else if (night.Run.State is States.Running or States.Planned)
            news.Add("not finished");
        if (night.Gone.Count > 1 && night.Gone.Count == night.Run.Hosts.Count)
            news.Add($"all {NightlySummary.Number(night.Gone.Count)} {night.Noun}s lost");
        foreach (var release in night.Unread.GroupBy(u => u.Sentence).Take(1))
            news.Add(
                release.First() is var u && named
                    ? $"{u.Release} decides differently"
                    : "an unread release decides differently"
            );
        Add(
            night.Newly.Count,
            "safety property newly broken" + OnNewly(),
            "safety properties newly broken" + OnNewly()
        );
        int regressions = comparison.Count(ChangeKind.Regression);
        Add(regressions, "regression" + On(ChangeKind.Regression), "regressions" + On(ChangeKind.Regression));
        int unsure = comparison.Count(ChangeKind.GainedBad) + comparison.Count(ChangeKind.NewBad);
        Add(unsure, "newly seen bad", "newly seen bad");
        if (night.Gone.Count == 1 || night.Gone.Count < night.Run.Hosts.Count)
        {
            string name = named && night.Gone.Count == 1 ? $" ({night.Gone[0].Host.Target})" : "";
            Add(night.Lost.Count, $"{night.Noun} lost{name}", $"{night.Noun}s lost");
            if (night.Lost.Count < night.Gone.Count)
                Add(
                    night.Gone.Count - night.Lost.Count,
                    $"{night.Noun} still unavailable",
                    $"{night.Noun}s still unavailable"
                );
        }
        Add(comparison.Count(ChangeKind.OtherwiseBad), "bad in another way", "bad in another way");
        Add(night.Stale.Count, "known difference stale", "known differences stale");
        Add(comparison.Count(ChangeKind.Unstable), "unstable", "unstable");
        Add(night.LostCases, "case lost", "cases lost");
        Add(comparison.Count(ChangeKind.Fix), "fixed", "fixed");
        Add(comparison.Count(ChangeKind.NowKnown), "now known", "now known");
        int asked =
            comparison.Count(ChangeKind.Gained) + (comparison.Pairs.Any() ? comparison.Count(ChangeKind.New) : 0);
        Add(asked, "case new or back", "cases new or back");
        Add(comparison.Count(ChangeKind.Vanished), "case gone", "cases gone");
        Add(comparison.Count(ChangeKind.OtherwiseGood), "good in another way", "good in another way");
        if (night.Before is null)
            news.Insert(0, "first night");
        else if (!comparison.Pairs.Any())
            news.Insert(0, "nothing comparable before");
        else if (news.Count == 0)
            news.Add(
                night.Bad == 0
                    ? "nothing changed"
                    : $"nothing changed, {NightlySummary.Number(night.Bad)} bad as before"
            );
        return news;
    }
}
