using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>
/// The results of migrations: violations of properties in groups, then for each migration where it ended, by source and
/// destination.
/// </summary>
internal sealed class MigrationsSection(ReportModel model)
{
    /// <summary>Up to this many columns there is space for names and words.</summary>
    private const int Wordy = 6;

    private readonly IReadOnlyList<MigrationMatrix> _matrices = MigrationMatrix.Of(model.Moves);
    private readonly IReadOnlyDictionary<string, IReadOnlyList<string>> _errnos = MigrationWord.Errnos(
        model.Moves.Select(m => new MigrationCell(m))
    );
    private readonly bool _wordy = PairTarget.Of(model.Run.Hosts).Count <= Wordy;

    public void Write(HtmlWriter html)
    {
        if (_matrices.Count == 0)
            return;
        using (html.Open("section", ("id", "moves"), ("aria-labelledby", "h-moves")))
        {
            html.Element("h2", "Migrations", ("id", "h-moves"));
            html.Element(
                "p",
                "Where a migration from the row's host to the column's host ended. Select a cell for the prediction, the observation and the duration.",
                ("class", "soft")
            );
            Violations(html);
            Legend(html);
            for (int i = 0; i < _matrices.Count; i++)
                Matrix(html, _matrices[i], i);
        }
        html.Line();
    }

    private void Violations(HtmlWriter html)
    {
        var groups = model.Violations;
        if (groups.Count == 0)
        {
            html.Element("p", "No migration breaks a property.", ("class", "soft"));
            return;
        }
        using (html.Open("ul", ("class", "broken"), ("aria-label", "Properties that are broken")))
            foreach (var group in groups)
                using (html.Open("li"))
                {
                    using (html.Open("p"))
                    {
                        html.Symbol(Symbols.Broken, "bad");
                        html.Element("b", group.Property)
                            .Text($": {Headline.Many(group.PairCount, "pair")}, {group.Pairs}");
                        html.Element(
                            "span",
                            group.Unpredicted == 0 ? " (as predicted)"
                                : group.Unpredicted == group.Cells.Count ? " (not predicted)"
                                : $" ({Headline.Number(group.Unpredicted)} of {Headline.Many(group.Cells.Count, "migration")} not predicted)",
                            ("class", group.Unpredicted == 0 ? "soft" : "bad")
                        );
                    }
                    if (group.Says is not null)
                        html.Element("p", group.Says);
                    using (html.Open("p", ("class", "soft")))
                    {
                        if (group.Rule is not null)
                            html.Text("by ")
                                .Element("code", group.Rule)
                                .Text(group.Policy is null ? "" : $" of {group.Policy}")
                                .Text(group.Source is null ? "; " : $", {group.Source}; ");
                        html.Text("in ");
                        foreach (string id in group.Migrations)
                            html.Element("a", id, ("href", $"#{AnchorOf(id)}")).Text(" ");
                    }
                }
        html.Line();
    }

    private void Legend(HtmlWriter html)
    {
        var cells = model.Moves.Select(m => new MigrationCell(m)).ToList();
        using (html.Open("ul", ("class", "legend"), ("aria-label", "Legend")))
        {
            foreach (
                var (word, kind) in cells
                    .Select(c => (Word: Word(c), Kind: KindOf(c)))
                    .GroupBy(w => w.Word.Text)
                    .Select(g => g.First())
            )
                using (html.Open("li"))
                {
                    html.Element("span", word.Text, ("class", $"word o-{kind}"));
                    html.Text(word.Means);
                }
            if (cells.Any(c => c.Violation is not null))
                using (html.Open("li"))
                    html.Symbol(Symbols.Broken, "bad").Text("breaks a property");
            if (cells.Any(c => c.Differs))
                using (html.Open("li"))
                    html.Symbol(Verdicts.Mismatch, "bad").Text("not as predicted");
        }
        html.Line();
    }

    private void Matrix(HtmlWriter html, MigrationMatrix matrix, int number)
    {
        using (
            html.Open(
                "section",
                ("class", "moved"),
                ("id", AnchorOf(matrix.CaseId)),
                ("aria-labelledby", $"h-{AnchorOf(matrix.CaseId)}")
            )
        )
        {
            using (html.Open("h3", ("id", $"h-{AnchorOf(matrix.CaseId)}")))
                html.Element("code", matrix.CaseId, ("class", "id"))
                    .Text(" ")
                    .Element("span", matrix.Title, ("class", "title"));
            using (
                html.Open(
                    "div",
                    ("class", "wide moves" + (_wordy ? " worded" : "")),
                    ("role", "region"),
                    ("aria-labelledby", $"h-{AnchorOf(matrix.CaseId)}"),
                    ("tabindex", "0")
                )
            )
            using (html.Open("table", ("data-moves", $"{number}")))
            {
                using (html.Open("thead"))
                using (html.Open("tr"))
                {
                    html.Element("th", "from ↓ to →", ("scope", "col"), ("class", "from"));
                    foreach (string to in matrix.Destinations)
                        using (html.Open("th", ("scope", "col"), ("class", "to"), ("title", to)))
                        using (html.Open("span"))
                            Broken(html, to);
                }
                using (html.Open("tbody"))
                    foreach (string from in matrix.Sources)
                        using (html.Open("tr"))
                        {
                            using (html.Open("th", ("scope", "row"), ("class", "from")))
                                Broken(html, from);
                            foreach (string to in matrix.Destinations)
                                Cell(html, from, to, matrix[from, to]);
                        }
            }
            html.Element(
                "div",
                "",
                ("class", "move"),
                ("id", $"move-{number}"),
                ("role", "region"),
                ("aria-live", "polite"),
                ("aria-label", "The selected migration"),
                ("hidden", "")
            );
        }
        html.Line();
    }

    private void Cell(HtmlWriter html, string from, string to, MigrationCell? cell)
    {
        if (cell is null)
        {
            html.Element("td", "", ("class", "o-void"));
            return;
        }
        string words = $"{from} to {to}: {Describe(cell)}";
        using (html.Open("td", ("class", $"o-{KindOf(cell)}"), ("title", words), ("aria-label", words)))
        {
            html.Text(Word(cell).Text);
            if (cell.Violation is not null)
                html.Symbol(Symbols.Broken);
            if (cell.Differs)
                html.Symbol(Verdicts.Mismatch);
        }
    }

    /// <summary>
    /// "resumed, Normal-WB to Device-nGnRE, breaks no-silent-weakening; predicted: registration EINVAL".
    /// </summary>
    private static string Describe(MigrationCell cell) =>
        cell.Ended
        + (cell.Changes ? $", {cell.TypeBefore} to {cell.TypeAfter}" : "")
        + (cell.Violation is { } broken ? $", breaks {broken}" : "")
        + (
            cell.PredictedElsewhere is { } predicted ? $"; predicted: {predicted}"
            : cell.Differs ? "; not as predicted"
            : ""
        );

    private MigrationWord Word(MigrationCell cell) =>
        _wordy ? MigrationWord.Of(cell) : MigrationWord.Compact(cell, _errnos);

    /// <summary>The colour: by the memory that it resumed with, or by how early it was refused.</summary>
    private static string KindOf(MigrationCell cell) =>
        (
            cell.Stage switch
            {
                null => cell.Row.Verdict is Verdicts.Skip or Verdicts.Planned or Verdicts.OutsideModel
                    ? OutcomeKind.NotAsked
                    : OutcomeKind.Nothing,
                "resumed" => cell.TypeAfter switch
                {
                    { } type => OutcomeKind.OfType(type),
                    _ => OutcomeKind.Mapped,
                },
                "source" or "dirty-log" => OutcomeKind.Denied,
                "first-run" or "first-access" or "onward" => OutcomeKind.Fails,
                "data" => OutcomeKind.Signal,
                _ => OutcomeKind.Refused,
            }
        ).Key;

    private static string AnchorOf(string id) =>
        $"moved-{string.Concat(id.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))}";

    /// <summary>May be broken at its slashes.</summary>
    private static void Broken(HtmlWriter html, string name)
    {
        string[] parts = name.Split('/');
        for (int i = 0; i < parts.Length; i++)
        {
            html.Text(parts[i] + (i + 1 < parts.Length ? "/" : ""));
            if (i + 1 < parts.Length)
                html.Void("wbr");
        }
    }
}
