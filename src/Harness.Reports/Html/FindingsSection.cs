using Harness.Model.Outcomes;
using Harness.Reports.Migrations;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>
/// Results that are neither match nor skip, in groups with the same reason; each that needs attention with its own
/// section.
/// </summary>
internal sealed class FindingsSection(ReportModel model, ResultStore store)
{
    private readonly IReadOnlyDictionary<string, ReportedCase> _cases = model.Cases.ToDictionary(c => c.Id);
    private readonly IReadOnlyDictionary<long, IReadOnlyList<HostFact>> _facts = model.Run.Hosts.ToDictionary(
        h => h.Id,
        h => HostFact.Of(h.Host.Facts)
    );

    /// <summary>The maximum length of a step's values.</summary>
    private const int MostOfStep = 2000;

    private readonly IReadOnlyDictionary<long, HostSummary> _hosts = model.Run.Hosts.ToDictionary(h => h.Id);
    private readonly HashSet<long> _pairs = [.. model.Run.Hosts.Where(PairTarget.IsPair).Select(h => h.Id)];

    /// <summary>A line for each group.</summary>
    public void WriteContents(HtmlWriter html)
    {
        using (html.Open("section", ("id", "findings"), ("aria-labelledby", "h-findings")))
        {
            html.Element("h2", "Findings", ("id", "h-findings"));
            if (model.Findings.Count == 0)
                html.Element("p", "None: every result is a match or a skip.", ("class", "soft"));
            else
                using (html.Open("ol", ("class", "contents")))
                    foreach (var group in model.Findings.Take(FindingGroup.Most))
                        using (html.Open("li"))
                        using (html.Open("a", ("href", $"#{group.Anchor}")))
                        {
                            html.Element("b", Headline.Number(group.Count), ("class", "number")).Text(" ");
                            html.Verdict(group.Verdict).Text(" ");
                            using (html.Open("span", ("class", "what")))
                            {
                                if (group.Verdict == Verdicts.Mismatch && group.Rule is { } rule)
                                    html.Element("b", rule)
                                        .Text($" of {group.Policy} ")
                                        .Element("span", Rule(group.Policy, rule)?.Says ?? group.Reason);
                                else
                                    html.Text(group.Reason);
                            }
                            html.Text(" ");
                            html.Element("span", Hosts(group), ("class", "soft where"));
                        }
            if (model.Findings.Count > FindingGroup.Most)
                html.Element(
                    "p",
                    $"and {Headline.Number(model.Findings.Count - FindingGroup.Most)} more kinds: the list of all cases has them.",
                    ("class", "soft")
                );
        }
        html.Line();
    }

    /// <summary>The groups, with their results.</summary>
    public void WriteAll(HtmlWriter html)
    {
        if (model.Findings.Count == 0)
            return;
        using (html.Open("section", ("id", "details"), ("aria-labelledby", "h-details")))
        {
            html.Element("h2", "Findings in full", ("id", "h-details"));
            foreach (var group in model.Findings.Take(FindingGroup.Most))
                Group(html, group);
        }
        html.Line();
    }

    private void Group(HtmlWriter html, FindingGroup group)
    {
        using (html.Open("section", ("class", "group"), ("id", group.Anchor), ("aria-labelledby", $"h-{group.Anchor}")))
        {
            using (html.Open("h3", ("id", $"h-{group.Anchor}")))
            {
                html.Verdict(group.Verdict).Text(" ");
                html.Element(
                    "span",
                    group.Verdict == Verdicts.Mismatch && group.Rule is not null ? $"{group.Rule} of {group.Policy}"
                        : group.Count == 1 ? "one case"
                        : $"{Headline.Number(group.Count)} cases"
                );
            }
            using (html.Open("p", ("class", "reason")))
                html.Text(group.Reason ?? "No reason was given.");
            using (html.Open("p", ("class", "soft")))
                html.Text(
                    $"{Headline.Many(group.Count, "result")} on {Hosts(group)}; culprit {group.Culprit}"
                        + (
                            group.Rows[0].RuleSource is { } source && group.Verdict == Verdicts.Mismatch
                                ? $". The rule is from {source}"
                                : ""
                        )
                        + "."
                );
            for (int i = 0; i < group.InFull; i++)
                Finding(html, group.Rows[i], open: i == 0);
            if (group.Count > group.InFull)
                Rest(html, group, group.Count - group.InFull);
        }
        html.Line();
    }

    private static void Rest(HtmlWriter html, FindingGroup group, int rest)
    {
        using (html.Open("details", ("class", "rest")))
        {
            html.Element(
                "summary",
                group.InFull > 0 ? $"{Headline.Number(rest)} more of the same" : Headline.Many(rest, "case")
            );
            using (html.Open("ul", ("class", "rest")))
                foreach (var row in group.Rows.Skip(group.InFull).Take(FindingGroup.Named))
                    using (html.Open("li"))
                        html.Case(row.CaseId)
                            .Text($" {CaseTitle.Short(row.Title)} ")
                            .Element("span", row.Target, ("class", "soft"));
            if (rest > FindingGroup.Named)
                html.Element(
                    "p",
                    $"and {Headline.Number(rest - FindingGroup.Named)} more: the list below has all of them.",
                    ("class", "soft")
                );
        }
    }

    private string Hosts(FindingGroup group)
    {
        var hosts = group.Targets;
        return hosts.Count <= 4
            ? string.Join(", ", hosts)
            : $"{string.Join(", ", hosts.Take(3))} and {hosts.Count - 3} more {PairTarget.Noun(model.Run.Hosts)}s";
    }

    private void Finding(HtmlWriter html, ResultRow row, bool open)
    {
        var c = _cases[row.CaseId];
        using (
            html.Open("details", ("class", "finding"), ("id", FindingGroup.AnchorOf(row)), ("open", open ? "" : null))
        )
        {
            using (html.Open("summary"))
            {
                html.Verdict(row.Verdict).Text(" ");
                html.Element("code", row.CaseId, ("class", "id")).Text(" ");
                html.Element("span", $"on {row.Target}", ("class", "target")).Text(" ");
                html.Element("span", CaseTitle.Short(row.Title), ("class", "title"));
            }
            using (html.Open("div", ("class", "body")))
            {
                html.Element("p", CaseWords.Sentence(c), ("class", "sentence"));
                // Not in the summary, which a click opens and closes.
                if (html.CaseAddress?.Invoke(row.CaseId) is { } address)
                    using (html.Open("p"))
                        html.Element(
                            "a",
                            "All results of this case, and the policies that allow them",
                            ("href", address)
                        );
                Compared(html, row);
                Path(html, row);
                Descriptors(html, row);
                KernelReports(html, row);
                Attempts(html, row);
                Commands(html, row);
                About(html, row, c);
            }
        }
        html.Line();
    }

    private static IReadOnlyList<ComparedPart> Compared(ResultRow row) =>
        OutcomeDifference.Of(StoredOutcome.Predicted(row).Parts, StoredOutcome.Observed(row).Parts);

    private static string? Text(OutcomePart? part) =>
        part switch
        {
            null => null,
            AccessPart { Guest: { } guest } => $"{OutcomeText.Of(part)}; guest: {OutcomeText.Of(guest)}",
            _ => OutcomeText.Of(part),
        };

    private static void Compared(HtmlWriter html, ResultRow row)
    {
        if (Compared(row) is not { Count: > 0 } parts)
        {
            using (html.Open("dl", ("class", "facts")))
            {
                html.Fact("what happened", row.Reason);
                html.Fact("predicted", row.Predicted);
                html.Fact("observed", row.Observed);
            }
            return;
        }
        html.Element("h4", "Predicted and observed");
        using (html.Open("table", ("class", "compared")))
        {
            using (html.Open("thead"))
            using (html.Open("tr"))
                html.Element("td", "")
                    .Element("th", $"{row.Policy ?? "policy"} predicts", ("scope", "col"))
                    .Element("th", "the kernel did", ("scope", "col"));
            using (html.Open("tbody"))
                foreach (var part in parts)
                    using (
                        html.Open(
                            "tr",
                            (
                                "class",
                                part.IsAfter ? "after"
                                : part.Agrees ? null
                                : "differs"
                            )
                        )
                    )
                    {
                        using (html.Open("th", ("scope", "row")))
                        {
                            html.Text(part.Of);
                            if (!part.Agrees && !part.IsAfter)
                                html.Element("span", " ≠", ("role", "img"), ("aria-label", "differs"));
                        }
                        string? predicted = Text(part.Predicted),
                            observed = Text(part.Observed);
                        Side(html, predicted, observed, part.Agrees || part.IsAfter);
                        Side(html, observed, predicted, part.Agrees || part.IsAfter);
                    }
        }
    }

    private static void Side(HtmlWriter html, string? mine, string? other, bool agrees)
    {
        using (html.Open("td"))
        {
            if (mine is null)
                html.Element("span", "not reached", ("class", "soft"));
            else if (agrees || other is null)
                html.Text(mine);
            else
            {
                var words = ChangedWords.Of(mine, other);
                foreach (var (word, differs) in words)
                    if (differs)
                        html.Element("mark", word).Text(" ");
                    else
                        html.Text(word + " ");
                if (!words.Any(w => w.Differs))
                    html.Element("mark", "–", ("class", "gap"), ("role", "img"), ("aria-label", "and nothing more"));
            }
        }
    }

    private void Path(HtmlWriter html, ResultRow row)
    {
        if (row.Path.Count == 0 && row.Rule is null)
            return;
        html.Element("h4", "Rules on the way");
        bool contradicts = row.Verdict is Verdicts.Mismatch or Verdicts.Hang;
        bool lifecycle = StoredOutcome.Predicted(row).IsLifecycle;
        // The nth rule decided the nth operation, and what follows a deviating operation is not judged.
        int marked =
            !contradicts ? -1
            : lifecycle ? Math.Min(row.Path.Count - 1, Compared(row).TakeWhile(p => p.Agrees).Count())
            : row.Path.ToList().FindLastIndex(s => s.Rule == row.Rule);
        var printed = new HashSet<string>(StringComparer.Ordinal);
        using (html.Open("ol", ("class", "path")))
        {
            string? at = null;
            for (int i = 0; i < (lifecycle && marked >= 0 ? marked + 1 : row.Path.Count); i++)
            {
                Rule(
                    html,
                    row,
                    row.Path[i].Rule,
                    row.Path[i].At == at ? null : row.Path[i].At,
                    i == marked,
                    says: printed.Add(row.Path[i].Rule) || !lifecycle || i == marked
                );
                at = row.Path[i].At;
            }
            // A rule can also be contradicted by not being on the path.
            if (row.Rule is not null && contradicts && marked < 0)
                Rule(html, row, row.Rule, null, true, says: true);
        }
    }

    private void Rule(HtmlWriter html, ResultRow row, string name, string? at, bool contradicted, bool says)
    {
        var rule = Rule(row, name, at);
        using (html.Open("li", ("class", contradicted ? "contradicted" : null)))
        {
            html.Element("span", At(at), ("class", "at"));
            using (html.Open("div"))
            {
                html.Element("code", name);
                if (contradicted)
                    using (html.Open("strong", ("class", "bad")))
                        html.Symbol(Verdicts.Mismatch).Text("contradicted");
                if (!says)
                    return;
                if (rule is not null)
                    html.Text(" ").Element("span", rule.Says, ("class", contradicted ? "says" : "says soft"));
                string? source = rule?.Source ?? (name == row.Rule ? row.RuleSource : null);
                if (source is not null)
                    html.Element("span", source, ("class", "source"));
            }
        }
    }

    private RuleRecord? Rule(string? policy, string name) =>
        policy is null ? null : model.Rules.GetValueOrDefault((policy, name));

    /// <summary>
    /// For a pair, the destination's policy is searched before the source's, except for what is evaluated on the
    /// source.
    /// </summary>
    private RuleRecord? Rule(ResultRow row, string name, string? at)
    {
        if (_hosts.GetValueOrDefault(row.Host)?.Host.Sides is not { } sides)
            return Rule(row.Policy, name);
        var (first, second) = at == "source" ? (sides.Source, sides.Destination) : (sides.Destination, sides.Source);
        return Rule(first.Policy, name) ?? Rule(second.Policy, name);
    }

    private bool IsOfPair(ResultRow row) => _pairs.Contains(row.Host);

    private static string? At(string? at) =>
        at switch
        {
            null => "",
            "registration" or "change" => at,
            _ when at.Split(' ', 2) is [var number, var access] => $"{access} ({number})",
            _ => at,
        };

    private void Descriptors(HtmlWriter html, ResultRow row)
    {
        var descriptors = ReadDescriptor.Parse(row.DescriptorsJson);
        // A lifecycle case or a program may have dozens, and most are as expected.
        if (descriptors.Count == 0 || StoredOutcome.Observed(row).IsLong)
        {
            if (!string.IsNullOrEmpty(row.Details))
            {
                html.Element("h4", "Decoded evidence");
                using (html.Open("pre"))
                    html.Text(row.Details, keepLines: true);
            }
            return;
        }
        var facts = _facts.GetValueOrDefault(row.Host, []);
        bool? fwb = facts.FirstOrDefault(f => f.Name == "FWB")?.Value is { } value ? value == "there" : null;
        bool lpa2 = facts.Any(f => f is { Name: "LPA2", Value: "there" });
        html.Element("h4", "Stage-2 descriptor");
        foreach (var descriptor in descriptors)
        {
            using (html.Open("p", ("class", "descriptor")))
                html.Text($"after {descriptor.Of}: ")
                    .Element("code", $"0x{descriptor.Descriptor.Raw:x16}")
                    .Text($" at level {descriptor.Descriptor.Level}");
            using (
                html.Open(
                    "div",
                    ("class", "wide"),
                    ("tabindex", "0"),
                    ("role", "region"),
                    ("aria-label", $"Descriptor after {descriptor.Of}, bit by bit")
                )
            )
            using (html.Open("table", ("class", "bits")))
            {
                var fields = DescriptorField.Of(descriptor.Descriptor, fwb, lpa2);
                using (html.Open("thead"))
                {
                    using (html.Open("tr", ("class", "numbers")))
                        foreach (var field in fields)
                            html.Element("td", field.Bits);
                    using (html.Open("tr"))
                        foreach (var field in fields)
                            html.Element("th", field.Name, ("scope", "col"));
                }
                using (html.Open("tbody"))
                {
                    using (html.Open("tr"))
                        foreach (var field in fields)
                            using (html.Open("td"))
                                html.Element("code", field.Value);
                    using (html.Open("tr", ("class", "means")))
                        foreach (var field in fields)
                            html.Element("td", field.Means);
                }
            }
        }
    }

    private void KernelReports(HtmlWriter html, ResultRow row)
    {
        var reports = store.KernelReports(row.Host, row.CaseId);
        if (reports.Count == 0)
            return;
        html.Element("h4", "What the kernel reported");
        using (html.Open("ul"))
            foreach (var report in reports)
                using (html.Open("li"))
                {
                    html.Element("b", report.Title);
                    if (report.Times > 1)
                        html.Text($", {Headline.Number(report.Times)} times");
                    if (KernelReportWords.Cause(report.Cause) is { } cause)
                        html.Text(": ").Element("span", cause, ("class", "soft"));
                }
    }

    private void Attempts(HtmlWriter html, ResultRow row)
    {
        var attempts = store.Observations(row.Host, row.CaseId);
        if (attempts.Count == 0)
            return;
        bool moved = IsOfPair(row);
        html.Element(
            "h4",
            moved ? "The steps, in order: on the source, then on the destination"
                : attempts.Count == 1 ? "The attempt"
                : "The attempts"
        );
        using (html.Open("div", ("class", "attempts")))
            for (int i = 0; i < attempts.Count; i++)
                using (html.Open("div", ("class", "attempt")))
                {
                    html.Element(
                        "h5",
                        moved ? $"part {i + 1}"
                            : i == 0 ? "first"
                            : "again, alone on a fresh VM"
                    );
                    if (AttemptStory.Of(attempts[i]) is { } story)
                        Attempt(html, story);
                    else
                        using (html.Open("pre"))
                            html.Text(attempts[i]);
                }
    }

    private static void Attempt(HtmlWriter html, AttemptStory story)
    {
        html.Element(
            "p",
            story.End
                + (story.Micros is { } micros ? $" in {Headline.Number(micros)} µs" : "")
                + (story.Detail is { } detail ? $": {detail}" : ""),
            ("class", "soft")
        );
        html.Element("h6", "kernel log of this case");
        if (story.Log.Count == 0)
            html.Element("p", "nothing", ("class", "soft none"));
        else
            Lines(html, story.Log);
        html.Element("h6", "trace");
        if (story.Trace.Count == 0)
            html.Element("p", "nothing", ("class", "soft none"));
        else
            Lines(html, story.Trace.Select(t => $"{t.Step, 2}  {t.Line}"));
        using (html.Open("details", ("class", "inner")))
        {
            html.Element("summary", $"{Headline.Many(story.Steps.Count, "step")} of the program");
            Lines(
                html,
                story.Steps.Select(s =>
                    $"{s.Index, 2}  {s.Op, -14} {ErrnoWords.Of(s.Errno), -8} {Shortened(s.Values)}".TrimEnd()
                )
            );
        }
    }

    /// <summary>The migrated state, every register and page, is too long to show.</summary>
    private static string Shortened(string values) =>
        values.Length <= MostOfStep
            ? values
            : $"{values[..MostOfStep]}... ({Headline.Number(values.Length)} characters)";

    private static void Lines(HtmlWriter html, IEnumerable<string> lines)
    {
        using (html.Open("pre", ("tabindex", "0")))
            html.Text(string.Join('\n', lines.Select(l => l.ReplaceLineEndings(" "))), keepLines: true);
    }

    private void Commands(HtmlWriter html, ResultRow row)
    {
        html.Element("h4", "Again");
        using (html.Open("dl", ("class", "commands")))
        {
            Command(html, "run it again", RerunCommand.Of(model.Run, row));
            if (IsOfPair(row))
                return;
            Command(
                html,
                "as one C file",
                $"{RerunCommand.Program} repro {row.CaseId} --c"
                    + (row.Policy is { } policy ? $" --policy {policy}" : "")
                    + " --output repro.c"
            );
            Command(
                html,
                "everything, packed",
                $"{RerunCommand.Program} evidence {row.CaseId} {model.Run.Run.Id} --target {row.Target}"
            );
        }
    }

    private static void Command(HtmlWriter html, string term, string command)
    {
        using (html.Open("div"))
        {
            html.Element("dt", term);
            using (html.Open("dd"))
            {
                html.Element("code", command);
                html.Element(
                    "button",
                    "copy",
                    ("type", "button"),
                    ("class", "copy"),
                    ("hidden", ""),
                    ("aria-label", $"copy: {term}")
                );
            }
        }
    }

    private static void About(HtmlWriter html, ResultRow row, ReportedCase c)
    {
        using (html.Open("details", ("class", "inner")))
        {
            html.Element("summary", "The case by its attributes");
            using (html.Open("dl", ("class", "facts")))
            {
                html.Fact("key", row.Title, code: true);
                foreach (var (name, value) in CaseWords.Distinctive(c))
                    html.Fact(name, value);
                html.Fact("evidence", string.Join(", ", row.Evidence));
                html.Fact("culprit", row.Culprit);
                html.Fact("remark", row.Reason);
            }
        }
    }
}
