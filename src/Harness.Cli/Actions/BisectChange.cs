using Harness.Images;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Reports;
using Harness.Reports.Outcomes;
using Harness.Runs.Bisecting;

namespace Harness.Cli.Actions;

/// <summary>
/// The difference between the last kernel that decides like the good one and the first that does not.
/// </summary>
/// <param name="Before">The last that does; null if the user built it.</param>
/// <param name="After">The first that does not.</param>
internal sealed record BisectChange(PointRelease? Before, PointRelease? After)
{
    // The code that makes KVM's decisions about stage 2.
    private const string Places = "arch/arm64/kvm arch/arm64/include/asm virt/kvm";

    public required CaseOutcome DidBefore { get; init; }

    public required CaseOutcome DidAfter { get; init; }

    /// <summary>The policy that the release is judged by; null if there is none.</summary>
    public Policy? PolicyBefore { get; init; }

    public Policy? PolicyAfter { get; init; }

    /// <summary>What these predict on that host.</summary>
    public Prediction? PredictedBefore { get; init; }

    public Prediction? PredictedAfter { get; init; }

    /// <summary>Why releases have not been read.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>
    /// The entries about KVM on arm64 in Debian's changelog between the two; empty if it is not available.
    /// </summary>
    public IReadOnlyList<ChangelogItem> Changelog { get; init; } = [];

    /// <summary>Rules on the newer kernel's path that were not on the older one's.</summary>
    public IReadOnlyList<Statement> Added => Missing(PredictedAfter, PredictedBefore);

    /// <summary>Rules on the older kernel's path that are not on the newer one's.</summary>
    public IReadOnlyList<Statement> Removed => Missing(PredictedBefore, PredictedAfter);

    /// <summary>Lists the commits, in a clone of the stable tree; null if there is no such range.</summary>
    public string? Command =>
        Before is null || After is null || Before.Upstream == After.Upstream
            ? null
            : $"git log --oneline v{Before.Upstream}..v{After.Upstream} -- {Places}";

    public static BisectChange Of(
        ImageStore store,
        Case c,
        BisectEnd end,
        IReadOnlyDictionary<string, BisectAnswer> answers
    )
    {
        BisectAnswer before = answers[end.LastSame],
            after = answers[end.FirstDifferent];
        GuestImage? older = store.Find(end.LastSame),
            newer = store.Find(end.FirstDifferent);
        PolicyChoice first = ReleaseCatalog.Choose(before.Kernel ?? "", before.Build),
            second = ReleaseCatalog.Choose(after.Kernel ?? "", after.Build);
        return new BisectChange(older?.Release, newer?.Release)
        {
            DidBefore = before.Did!.Outcome,
            DidAfter = after.Did!.Outcome,
            PolicyBefore = first.Policy,
            PolicyAfter = second.Policy,
            PredictedBefore = before.Host is { } host ? first.Policy?.Predict(host, c) : null,
            PredictedAfter = after.Host is { } other ? second.Policy?.Predict(other, c) : null,
            Unread = [.. new[] { first, second }.Select(p => p.Reason).OfType<string>().Distinct()],
            Changelog =
                older?.Release is { } since && newer?.ChangelogPath is { } changelog
                    ? [.. DebianChangelog.Since(changelog, since).Where(DebianChangelog.IsOfKvmOnArm64)]
                    : [],
        };
    }

    public void Text(ReportWriter report)
    {
        var (one, other) = OutcomeDifference.First(StoredOutcome.Of(DidBefore), StoredOutcome.Of(DidAfter));
        report.Line($"  before  {one}");
        report.Line($"  after   {other}");
        report.Line();
        Model(report);
        if (Changelog.Count > 0)
        {
            report.Line("of KVM on arm64, Debian's changelog has between the two:");
            foreach (var item in Changelog)
            {
                foreach (string line in Wrapping.Lines($"  {item.Upstream ?? "Debian", -9} ", item.Text))
                    report.Line(line);
            }
        }
        if (Command is { } command)
        {
            report.Line("to find the commit, in a clone of the stable tree:");
            report.Line($"  {command}", TextTone.Strong);
        }
        else if (Before is not null && After is not null)
        {
            report.Line($"both are {After.Upstream}: what differs is Debian's own, and stands in its changelog");
        }
    }

    private void Model(ReportWriter report)
    {
        foreach (string unread in Unread)
            report.Line(unread);
        if (PolicyBefore is null || PolicyAfter is null || PredictedBefore is null || PredictedAfter is null)
        {
            report.Line("the model has no policy for one of them");
            return;
        }
        if (PolicyBefore == PolicyAfter)
        {
            report.Line(
                $"the model knows of no change there: both are {PolicyAfter.Name}, which predicts {PredictedAfter}"
            );
            return;
        }
        report.Line(
            $"the model: {PolicyBefore.Name}, then {PolicyAfter.Name}"
                + (PredictedBefore.ToString() == PredictedAfter.ToString() ? $"; both predict {PredictedAfter}" : "")
        );
        Rules('-', Removed, report);
        Rules('+', Added, report);
    }

    private static void Rules(char mark, IReadOnlyList<Statement> rules, ReportWriter report)
    {
        foreach (var rule in rules)
        {
            foreach (string line in Wrapping.Lines($"{mark}   ", $"{rule.Name}: {rule.Says}"))
                report.Line(line, mark == '-' ? TextTone.Bad : TextTone.Good);
            report.Line($"{mark}       {rule.Source}", TextTone.Faint);
        }
    }

    private static IReadOnlyList<Statement> Missing(Prediction? of, Prediction? from) =>
        of is null || from is null ? [] : [.. of.Statements.ExceptBy(from.Statements.Select(s => s.Name), s => s.Name)];
}
