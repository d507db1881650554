using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>
/// The pairs of a run for people: their targets, a matrix for each migration, the legend, and the violations of
/// properties.
/// </summary>
internal sealed class MigrationMatrixText(ReportWriter writer)
{
    public void Write(
        IReadOnlyList<HostSummary> pairs,
        IReadOnlyList<MigrationRow> rows,
        IReadOnlyList<PolicyRule> rules
    )
    {
        var targets = PairTarget.Of(pairs);
        Targets(targets, pairs);
        var matrices = MigrationMatrix.Of(rows);
        var tables = MigrationTable.Of(matrices, [.. targets.Select(t => t.Name)]);
        for (int i = 0; i < matrices.Count; i++)
        {
            writer.Line();
            writer.Line((matrices[i].CaseId, TextTone.Strong), ($"  {matrices[i].Title}", TextTone.Plain));
            foreach (var line in tables[i].Lines)
                writer.Line([.. line]);
        }
        Legend(tables, [.. rows.Select(r => new MigrationCell(r))]);
        foreach (var group in ViolationGroup.Of(rows, pairs, rules))
            Violation(group);
    }

    /// <summary>The key of the numbers, and properties that are not part of the name.</summary>
    private void Targets(IReadOnlyList<PairTarget> targets, IReadOnlyList<HostSummary> pairs)
    {
        writer.Line();
        writer.Line(
            ($"{targets.Count} targets", TextTone.Strong),
            (Invariant($", {pairs.Count} pairs"), TextTone.Plain)
        );
        int names = targets.Max(t => t.Name.Length),
            releases = targets.Max(t => (t.Host.KernelRelease ?? "").Length);
        for (int i = 0; i < targets.Count; i++)
            writer.Line(
                (Invariant($"  {i + 1, 2} "), TextTone.Strong),
                (targets[i].Name.PadRight(names), TextTone.Strong),
                (
                    $"  {(targets[i].Host.KernelRelease ?? "").PadRight(releases)}  {targets[i].Host.Cpu ?? "never connected"}".TrimEnd(),
                    TextTone.Plain
                )
            );
        foreach (string unclear in pairs.SelectMany(p => ContradictedFacts.Of(p.Host)).Distinct())
            writer.Line(("  unclear ", TextTone.Doubtful), (unclear, TextTone.Plain));
        var failed = pairs.Where(p => p.State == States.Failed).GroupBy(p => p.Reason);
        foreach (var group in failed)
            writer.Line(
                ("  failed ", TextTone.Bad),
                (Invariant($"{group.Count()} "), TextTone.Strong),
                (
                    $"{(group.Count() == 1 ? group.First().Host.Target : "pairs")}{(group.Key is { } reason ? $": {reason}" : "")}",
                    TextTone.Plain
                )
            );
    }

    private void Legend(IReadOnlyList<MigrationTable> tables, IReadOnlyList<MigrationCell> cells)
    {
        var words = tables
            .SelectMany(t => t.Words)
            .GroupBy(w => w.Word)
            .Select(g => (Word: g.Key, Means: string.Join("; or ", g.Select(w => w.Means).Distinct())))
            .ToList();
        if (cells.Any(c => c.Violation is not null))
            words.Add((MigrationWord.Broken, "breaks a property: listed below"));
        if (cells.Any(c => c.Differs))
            words.Add((MigrationWord.Other, "not as predicted: listed below"));
        writer.Line();
        int width = words.Select(w => w.Word.Length).Append(0).Max();
        foreach (var (word, means) in words)
            writer.Line(($"  {word.PadRight(width)}  ", TextTone.Strong), (means, TextTone.Faint));
    }

    private void Violation(ViolationGroup group)
    {
        writer.Line();
        writer.Line(
            ("  BREAKS ", TextTone.Bad),
            (group.Property, TextTone.Strong),
            (
                Invariant($"  {group.PairCount} pair{(group.PairCount == 1 ? "" : "s")}")
                    + (
                        group.Unpredicted == 0 ? ", as predicted"
                        : group.Unpredicted == group.Cells.Count ? ", not predicted"
                        : Invariant($", {group.Unpredicted} of {group.Cells.Count} migrations not predicted")
                    ),
                TextTone.Plain
            )
        );
        writer.Field("must hold", group.Says);
        writer.Field(
            "rule",
            group.Rule is { } rule ? rule + (group.Policy is { } policy ? $" of {policy}" : "") : null
        );
        writer.Field("source", group.Source);
        writer.Field("pairs", group.Pairs);
        writer.Field("migrations", string.Join(", ", group.Migrations));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
