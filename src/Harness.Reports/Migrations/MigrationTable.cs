using System.Globalization;

namespace Harness.Reports.Migrations;

/// <summary>
/// A matrix as lines of text of at most 80 columns if possible: with the targets' names above its columns; with their
/// numbers; with short words; with numbers on both sides.
/// </summary>
internal sealed class MigrationTable
{
    /// <summary>The default width of a terminal.</summary>
    public const int Width = 80;

    private const string Indent = "  ";
    private const string Gap = "  ";

    private MigrationTable(
        IReadOnlyList<IReadOnlyList<(string Text, TextTone TextTone)>> lines,
        IReadOnlyList<(string Word, string Means)> words
    ) => (Lines, Words) = (lines, words);

    public IReadOnlyList<IReadOnlyList<(string Text, TextTone TextTone)>> Lines { get; }

    /// <summary>The words that occur, each with its meaning.</summary>
    public IReadOnlyList<(string Word, string Means)> Words { get; }

    /// <param name="matrices">Of one run.</param>
    /// <param name="targets">The run's, as they are numbered: the first is 1.</param>
    /// <returns>One for each matrix; all with the same words.</returns>
    public static IReadOnlyList<MigrationTable> Of(
        IReadOnlyList<MigrationMatrix> matrices,
        IReadOnlyList<string> targets
    )
    {
        var errnos = MigrationWord.Errnos(matrices.SelectMany(m => m.Cells.Values));
        (bool Names, bool Rows, bool Compact, string Gap)[] layouts =
        [
            (true, true, false, Gap),
            (false, true, false, Gap),
            (false, true, true, " "),
            (false, false, true, " "),
        ];
        foreach (var (names, rows, compact, gap) in layouts)
        {
            MigrationWord Word(MigrationCell c) => compact ? MigrationWord.Compact(c, errnos) : MigrationWord.Of(c);
            MigrationTable[] tables =
            [
                .. matrices.Select(m =>
                    Draw(
                        m,
                        Word,
                        t => names ? t : Number(targets, t),
                        t =>
                            names ? t
                            : rows ? $"{Number(targets, t), 2} {t}"
                            : $"{Number(targets, t), 2}",
                        compact,
                        gap
                    )
                ),
            ];
            if (
                tables.All(t => t.Lines.All(l => l.Sum(p => p.Text.Length) <= Width))
                || (names, rows, compact) == (false, false, true)
            )
                return tables;
        }
        throw new System.Diagnostics.UnreachableException();
    }

    private static MigrationTable Draw(
        MigrationMatrix matrix,
        Func<MigrationCell, MigrationWord> word,
        Func<string, string> column,
        Func<string, string> row,
        bool tight,
        string gap
    )
    {
        string Text(MigrationWord w) => tight ? w.Tight : w.Marked;
        var cells = matrix.Cells.ToDictionary(c => c.Key, c => word(c.Value));
        string corner = tight ? "to" : "from \\ to";
        int left = matrix.Sources.Select(s => row(s).Length).Append(corner.Length).Max();
        int[] widths =
        [
            .. matrix.Destinations.Select(d =>
                matrix
                    .Sources.Select(s => cells.TryGetValue((s, d), out var w) ? Text(w).Length : 0)
                    .Append(column(d).Length)
                    .Max()
            ),
        ];
        var lines = new List<IReadOnlyList<(string, TextTone)>>
        {
            Trimmed([
                (Indent + corner.PadLeft(tight ? left : 0).PadRight(left), TextTone.Faint),
                .. matrix.Destinations.Select((d, i) => (gap + column(d).PadRight(widths[i]), TextTone.Strong)),
            ]),
        };
        foreach (string from in matrix.Sources)
            lines.Add(
                Trimmed([
                    (Indent + row(from).PadRight(left), TextTone.Strong),
                    .. matrix.Destinations.Select(
                        (to, i) =>
                            (
                                gap + (cells.TryGetValue((from, to), out var w) ? Text(w) : "").PadRight(widths[i]),
                                matrix[from, to] is { } cell ? InkOf(cell) : TextTone.Plain
                            )
                    ),
                ])
            );
        return new MigrationTable(lines, [.. cells.Values.Select(w => (w.Text, w.Means)).Distinct()]);
    }

    /// <summary>Without trailing spaces.</summary>
    private static List<(string, TextTone)> Trimmed(List<(string Text, TextTone TextTone)> pieces)
    {
        pieces[^1] = (pieces[^1].Text.TrimEnd(), pieces[^1].TextTone);
        return pieces;
    }

    private static TextTone InkOf(MigrationCell cell) =>
        cell.Violation is not null || cell.Row.Verdict == Store.Verdicts.Mismatch ? TextTone.Bad
        : cell.Stage == "resumed" && !cell.Differs ? TextTone.Good
        : cell.Stage is not null && !cell.Differs ? TextTone.Plain
        : VerdictTones.Of(cell.Row.Verdict);

    private static string Number(IReadOnlyList<string> targets, string name) =>
        (targets.ToList().IndexOf(name) + 1).ToString(CultureInfo.InvariantCulture);
}
