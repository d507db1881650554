using System.Globalization;

namespace Harness.Reports.Html;

/// <summary>The decision as a picture: backing and access by host, coloured by what the kernel did.</summary>
internal sealed class MatrixSection(ReportModel model)
{
    /// <summary>Up to this many hosts there is space for words.</summary>
    private const int Wordy = 8;

    /// <summary>Up to this many, for the letters of several outcomes in a cell.</summary>
    private const int Roomy = 20;

    /// <summary>From this many on, the picture has the width of the window.</summary>
    private const int Many = 38;

    public void Write(HtmlWriter html)
    {
        if (model.IsMovesAlone)
            return;
        var rows = model.Matrix.Rows;
        bool wordy = model.Machines.Count <= Wordy;
        string room = model.Machines.Count switch
        {
            <= Wordy => " wordy",
            <= Roomy => " roomy",
            >= Many => " many",
            _ => "",
        };
        using (html.Open("section", ("id", "matrix"), ("aria-labelledby", "h-matrix")))
        {
            html.Element("h2", "What the kernels did", ("id", "h-matrix"));
            if (rows.Count == 0)
            {
                html.Element("p", "No case was planned.", ("class", "soft"));
                return;
            }
            html.Element(
                "p",
                "Each line is a backing and an access of the guest's, each column a host. A cell holds the outcomes of all such cases; "
                    + "several outcomes share it in proportion. Select a cell to list its cases."
                    + (
                        model.Cases.Any(c => c.Operations.Count > 0)
                            ? " For a lifecycle each line is a group of operations: on the VM, on its slots or on the file, by the host's process or by the guest."
                            : ""
                    ),
                ("class", "soft")
            );
            Legend(html);
            int plain = rows.Count(r => r.IsPlain);
            if (plain > 0 && plain < rows.Count)
                using (html.Open("p", ("class", "only")))
                using (html.Open("label"))
                {
                    html.Void("input", ("type", "checkbox"), ("id", "only"));
                    html.Text(
                        $" Only lines where hosts differ or something is marked ({Headline.Number(rows.Count - plain)} of {Headline.Number(rows.Count)})"
                    );
                }
            using (
                html.Open(
                    "div",
                    ("class", "wide matrix" + room),
                    ("role", "region"),
                    ("aria-labelledby", "h-matrix"),
                    ("tabindex", "0")
                )
            )
            using (html.Open("table"))
            {
                Header(html);
                Body(html, rows, wordy);
            }
        }
        html.Line();
    }

    private void Legend(HtmlWriter html)
    {
        var met = model
            .Matrix.Rows.SelectMany(r => r.Cells)
            .SelectMany(c => c.Outcomes)
            .Select(o => o.Kind)
            .ToHashSet();
        using (html.Open("ul", ("class", "legend"), ("aria-label", "Legend")))
        {
            foreach (var kind in OutcomeKind.All.Where(met.Contains))
                using (html.Open("li"))
                {
                    html.Swatch(kind);
                    html.Text(kind.Words);
                }
            if (model.Matrix.Rows.Any(r => r.Cells.Any(c => c.Mark == MatrixMark.Wrong)))
                using (html.Open("li"))
                    html.Element("span", "", ("class", "swatch marked wrong"), ("aria-hidden", "true"))
                        .Text("a mismatch, crash, hang, disagreement or unstable case");
            if (model.Matrix.Rows.Any(r => r.Cells.Any(c => c.Mark == MatrixMark.Remark)))
                using (html.Open("li"))
                    html.Element("span", "", ("class", "swatch marked remark"), ("aria-hidden", "true"))
                        .Text("something else that is no match");
        }
    }

    private void Header(HtmlWriter html)
    {
        using (html.Open("thead"))
        using (html.Open("tr"))
        {
            html.Element("th", "backing", ("scope", "col"), ("class", "backing"));
            html.Element("th", "access", ("scope", "col"), ("class", "access"));
            foreach (var host in model.Machines)
                using (
                    html.Open(
                        "th",
                        ("scope", "col"),
                        ("class", "host"),
                        ("data-host", host.Host.Host.Target),
                        (
                            "title",
                            string.Join(
                                ", ",
                                new[] { host.Host.Host.Target, host.Host.Host.KernelRelease, host.Host.Host.Cpu }.Where(
                                    t => !string.IsNullOrEmpty(t)
                                )
                            )
                        )
                    )
                )
                    html.Element("span", host.Host.Host.Target);
        }
        html.Line();
    }

    private void Body(HtmlWriter html, IReadOnlyList<MatrixRow> rows, bool wordy)
    {
        using (html.Open("tbody"))
        {
            string? last = null;
            var accesses = rows.GroupBy(r => r.Class).ToDictionary(g => g.Key, g => g.Count());
            foreach (var row in rows)
            {
                bool first = row.Class != last;
                last = row.Class;
                using (
                    html.Open(
                        "tr",
                        ("data-class", row.Class),
                        ("data-access", row.Access),
                        (
                            "class",
                            string.Join(' ', new[] { first ? "first" : "", row.IsPlain ? "plain" : "" }).Trim()
                                is { Length: > 0 } c
                                ? c
                                : null
                        )
                    )
                )
                {
                    using (html.Open("th", ("scope", "row"), ("class", "backing")))
                    using (html.Open("span"))
                        Broken(html, row.Class);
                    html.Element("th", row.Access, ("scope", "row"), ("class", "access"));
                    for (int i = 0; i < row.Cells.Count; i++)
                        Cell(html, row, row.Cells[i], model.Machines[i].Host.Host.Target, wordy);
                }
                html.Line();
            }
        }
    }

    private void Cell(HtmlWriter html, MatrixRow row, MatrixCell cell, string host, bool wordy)
    {
        var outcomes = cell.Outcomes;
        if (outcomes.Count == 0)
        {
            html.Element("td", "", ("class", "o-void"));
            return;
        }
        string mark = cell.Mark switch
        {
            MatrixMark.Wrong => " marked wrong",
            MatrixMark.Remark => " marked remark",
            _ => "",
        };
        string words =
            $"{row.Class} {row.Access} on {host}: "
            + string.Join(
                ", ",
                outcomes.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Count} {o.Kind.Short}"))
            )
            + (
                cell.Others.Count == 0
                    ? ""
                    : $"; {string.Join(", ", cell.Others.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Value} {o.Key}")))}"
            );
        if (outcomes.Count == 1)
        {
            html.Element(
                "td",
                wordy ? outcomes[0].Kind.Short : outcomes[0].Kind.Letter,
                ("class", $"o-{outcomes[0].Kind.Key}{mark}"),
                ("title", words),
                ("aria-label", cell.Mark == MatrixMark.None ? null : words)
            );
            return;
        }
        int all = outcomes.Sum(o => o.Count);
        using (html.Open("td", ("class", "mixed" + mark), ("title", words), ("aria-label", words)))
        using (html.Open("span", ("aria-hidden", "true")))
            foreach (var (kind, count) in outcomes)
                html.Element(
                    "i",
                    model.Machines.Count <= Roomy ? kind.Letter : null,
                    (
                        "class",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"o-{kind.Key} g{Math.Max(1, (int)Math.Round(12.0 * count / all))}"
                        )
                    )
                );
    }

    /// <summary>May be broken at its colons.</summary>
    private static void Broken(HtmlWriter html, string name)
    {
        string[] parts = name.Split(':');
        for (int i = 0; i < parts.Length; i++)
        {
            html.Text(parts[i] + (i + 1 < parts.Length ? ":" : ""));
            if (i + 1 < parts.Length)
                html.Void("wbr");
        }
    }
}
