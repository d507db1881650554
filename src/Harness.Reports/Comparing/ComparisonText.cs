using System.Globalization;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>A comparison of two runs for people.</summary>
public sealed class ComparisonText(ReportWriter writer)
{
    private const int LabelWidth = 12;

    public void Write(Comparison comparison, RunSummary before, RunSummary after)
    {
        writer.Line(("before ", Ink.Faint), (before.Run.Id, Ink.Strong), ($"  {before.State}  {before.Run.CommandLine}", Ink.Plain));
        writer.Line(("after  ", Ink.Faint), (after.Run.Id, Ink.Strong), ($"  {after.State}  {after.Run.CommandLine}", Ink.Plain));
        Likeness(comparison);
        foreach (var host in comparison.Hosts)
            Host(host);
        foreach (var kind in comparison.Groups.GroupBy(g => g.Kind))
            Kind(kind.Key, [.. kind]);
        writer.Line();
        writer.Line(Total(comparison), comparison.Count(ChangeKind.Regression) > 0 || comparison.Compared == 0 ? Ink.Bad : Ink.Strong);
    }

    /// <summary>"2 regressions, 1 lost; 297 of 300 cases that both judged are as before".</summary>
    public static string Total(Comparison comparison)
    {
        if (comparison.Compared == 0)
            return "nothing could be compared: no case was judged on both sides";
        int regressions = comparison.Count(ChangeKind.Regression);
        string rest = string.Join("", Enum.GetValues<ChangeKind>().Where(k => k != ChangeKind.Regression && comparison.Count(k) > 0)
            .Select(k => Invariant($", {comparison.Count(k)} {ChangeWords.Of(k)}")));
        ChangeKind[] moved = [ChangeKind.Regression, ChangeKind.OtherwiseBad, ChangeKind.Unstable, ChangeKind.NowKnown, ChangeKind.Fix, ChangeKind.OtherwiseGood];
        int changed = comparison.Groups.Where(g => moved.Contains(g.Kind) && g.From is not null && g.To is not null
            && Standings.Of(g.From) != Standing.NoAnswer && Standings.Of(g.To) != Standing.NoAnswer).Sum(g => g.Cases);
        return (regressions == 0 ? "no regression" : Plural(regressions, "regression")) + rest
            + Invariant($"; {comparison.Compared - changed} of {Plural(comparison.Compared, "case")} that both judged as before");
    }

    private void Likeness(Comparison comparison)
    {
        writer.Line();
        if (!comparison.Pairs.Any())
            writer.Line("the two have no host in common", Ink.Bad);
        else if (comparison.AreComparable)
            writer.Line("comparable: the same model, probe, policies and capabilities", Ink.Good);
        else
        {
            writer.Line("NOT comparable: what follows is what they share, and where verdicts differ the reason may be here", Ink.Bad);
            int pairs = comparison.Pairs.Count();
            foreach (var unlike in comparison.Pairs.SelectMany(h => h.Unlike.Select(u => (h.Target, Unlike: u))).GroupBy(u => u.Unlike, u => u.Target))
                Field("differs", $"{unlike.Key.What}: {Short(unlike.Key.Before)} -> {Short(unlike.Key.After)}"
                    + (unlike.Count() == pairs ? "" : $" on {string.Join(", ", unlike)}"));
        }
        Field("compared", Invariant($"{Plural(comparison.Compared, "case")} that both judged, of {comparison.Pairs.Sum(h => h.Shared)} that both were asked, on {Plural(comparison.Pairs.Count(), "host")}"));
        string left = string.Join("; ", LeftOut(comparison));
        if (left.Length > 0)
            Field("left out", left);
    }

    private static IEnumerable<string> LeftOut(Comparison comparison)
    {
        int Alone(Func<Transition, bool> which) => comparison.Pairs.Sum(h => h.Transitions.Where(which).Sum(t => t.Cases));
        if (Alone(t => t.After is null) is > 0 and var gone)
            yield return Invariant($"{Plural(gone, "case")} asked only before");
        if (Alone(t => t.Before is null) is > 0 and var added)
            yield return Invariant($"{Plural(added, "case")} asked only after");
        int silent = comparison.Pairs.Sum(h => h.Shared - h.Compared);
        if (silent > 0)
            yield return Invariant($"{Plural(silent, "case")} that one side did not judge");
        foreach (var host in comparison.Hosts.Where(h => h.Before is null || h.After is null))
            yield return Invariant($"host {host.Target}, only {(host.After is null ? "before" : "after")} ({Plural(host.Transitions.Sum(t => t.Cases), "case")})");
    }

    /// <summary>What may differ between comparable hosts, and is what one compares.</summary>
    private void Host(HostComparison host)
    {
        if (host.Before is not { } before || host.After is not { } after)
            return;
        var changed = new[]
        {
            ("kernel", before.Host.Host.KernelRelease, after.Host.Host.KernelRelease), ("build", before.Host.Host.BuildId, after.Host.Host.BuildId),
            ("QEMU", before.Host.Host.QemuVersion, after.Host.Host.QemuVersion), ("image", before.Host.Host.ImageHash, after.Host.Host.ImageHash),
        }.Where(c => c.Item2 != c.Item3 && before.Answered && after.Answered).Select(c => $"{c.Item1} {Short(c.Item2)} -> {Short(c.Item3)}").ToList();
        if (host.IsLost)
            changed.Insert(0, $"could not be had: {after.Host.Reason}");
        if (host.Redecided > 0)
            changed.Add(Invariant($"{Plural(host.Redecided, "case")} decided otherwise, as predicted on both sides"));
        if (changed.Count > 0)
            Field(host.Target, string.Join("; ", changed));
    }

    private void Kind(ChangeKind kind, IReadOnlyList<ChangeGroup> groups)
    {
        writer.Line();
        writer.Line(($"{ChangeWords.Of(kind)} ", InkOf(kind)), (Invariant($"{groups.Sum(g => g.Cases)}"), Ink.Strong));
        foreach (var group in groups)
            Group(group);
    }

    private void Group(ChangeGroup group)
    {
        string who = ChangeWords.Of(group.Who);
        writer.Line((Invariant($"  {group.Cases,6}  "), Ink.Strong), (ChangeWords.Arrow(group.From, group.To), Ink.Plain),
            (group.Rule is null ? "" : $"  {group.Rule}", Ink.Strong), (who.Length == 0 ? "" : $"  ({who})", Ink.Plain));
        Field("", "on " + string.Join(", ", group.Targets.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => Invariant($"{t.Key} {t.Value}"))));
        if (group.Reason is not null)
            Field("reason", group.Reason);
        foreach (var change in group.Examples)
            Change(change);
        if (group.Cases > group.Examples.Count)
            Field("", Invariant($"and {group.Cases - group.Examples.Count} more (--all lists them)"));
    }

    private void Change(CaseChange change)
    {
        Field("case", $"{change.CaseId} on {change.Target}  {LifeWords.Title(change.Title)}");
        // Who asks why a case has no answer is told by the reason above.
        if (change.Kind is ChangeKind.Lost or ChangeKind.Gained or ChangeKind.New or ChangeKind.Vanished)
            return;
        Sides("rule", change, j => j.Rule);
        Sides("predicted", change, j => j.Predicted);
        Sides("observed", change, j => j.Observed);
        if (change.Kind is ChangeKind.Unstable or ChangeKind.NowKnown or ChangeKind.OtherwiseGood)
            Sides("reason", change, j => j.Reason);
    }

    private void Sides(string label, CaseChange change, Func<JudgedCase, string?> of)
    {
        string? before = change.Before is { } b ? of(b) : null, after = change.After is { } a ? of(a) : null;
        bool same = before == after;
        (before, after) = LifeWords.Parting(before, after);
        if (change.Before is null || change.After is null || same)
        {
            if ((after ?? before) is { } one)
                Field("  " + label, change.Before is null || change.After is null ? one : $"{one}  (both)");
            return;
        }
        Field("  " + label, $"before: {before ?? "none"}");
        Field("", $"after:  {after ?? "none"}");
    }

    private void Field(string label, string value) =>
        writer.Line(("  " + label.PadRight(LabelWidth) + (label.Length >= LabelWidth ? " " : ""), Ink.Faint), (value.ReplaceLineEndings(" "), Ink.Plain));

    private static Ink InkOf(ChangeKind kind) => kind switch
    {
        ChangeKind.Regression or ChangeKind.GainedBad or ChangeKind.NewBad => Ink.Bad,
        ChangeKind.Fix => Ink.Good,
        ChangeKind.Unstable or ChangeKind.Lost or ChangeKind.OtherwiseBad => Ink.Doubtful,
        _ => Ink.Strong,
    };

    /// <summary>Hashes are told apart by their beginnings; numbers and names stay whole.</summary>
    internal static string Short(string? value) => value is null ? "none" : value.Length > 16 && value.All(char.IsAsciiHexDigit) ? value[..12] : value;

    private static string Plural(int number, string noun) => Invariant($"{number} {noun}{(number == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
