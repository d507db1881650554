using Harness.Analysis.Differences;
using Harness.Cases;
using Harness.Model;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class DiffPoliciesAction
{
    public static int Execute(Policy a, Policy b, bool json, HarnessConsole console)
    {
        var difference = PolicyDifference.Between(a, b);
        var ownership = OwnershipDifference.Between(a.Ownership, b.Ownership, AllCases.LifecycleCases);
        if (json)
        {
            WriteJson(difference, console.Out);
            OwnershipDifferenceReport.Json(ownership, console.Out);
            return ExitCodes.Ok;
        }
        var report = console.Report();
        WriteText(difference, report);
        OwnershipDifferenceReport.Text(a, b, ownership, report);
        return ExitCodes.Ok;
    }

    private static void WriteText(PolicyDifference difference, ReportWriter report)
    {
        var (a, b) = (difference.A, difference.B);
        report.Line(
            $"{a} -> {b}: "
                + (
                    difference.Differing == 0
                        ? $"decide the same over all {difference.Points} points"
                        : $"{difference.Differing} of {difference.Points} points decided differently"
                ),
            TextTone.Strong
        );
        Decisions(difference, report);
        Capabilities(difference, report);
        Rules(difference, report);
    }

    private static void Decisions(PolicyDifference difference, ReportWriter report)
    {
        var paragraphs = Description.Of(difference);
        foreach (var paragraph in paragraphs)
        {
            report.Line();
            Lines(report, "", $"{paragraph.Heading} ({paragraph.Points} points)", TextTone.Strong);
            foreach (var clause in paragraph.Clauses)
            {
                Lines(
                    report,
                    "  - ",
                    clause.Alternatives.Count == 0 ? clause.Subject : $"{clause.Subject}:",
                    hanging: 0
                );
                foreach (string alternative in clause.Alternatives)
                    Lines(report, "      - ", alternative, hanging: 0);
            }
        }
        if (paragraphs.Count == 0)
            return;
        report.Line();
        Lines(
            report,
            "",
            $"A point is one of {CaseSpace.Buildable.Count} cases on one of {HostFacts.All.Count} kinds of CPU; its first "
                + "difference counts. Accesses that neither policy reaches are not compared: to a slot that both refuse, "
                + "or after an access that ends the run under both.",
            TextTone.Faint,
            hanging: 0
        );
    }

    private static void Capabilities(PolicyDifference difference, ReportWriter report)
    {
        if (difference.Capabilities.Count == 0)
            return;
        report.Line();
        foreach (var capability in difference.Capabilities)
        {
            Lines(report, "", $"{capability.Either}:");
            Lines(report, "    ", capability.Text);
            Lines(report, "    ", $"{(capability.B ?? capability.A)!.Source}", TextTone.Faint);
        }
    }

    /// <summary>As a diff: "-" for rules that only the first has, "+" for the second.</summary>
    private static void Rules(PolicyDifference difference, ReportWriter report)
    {
        var changed = difference.Rules.Where(r => !r.Moved).ToList();
        if (changed.Count > 0)
        {
            report.Line();
            report.Line($"--- rules of {difference.A}", TextTone.Strong);
            report.Line($"+++ rules of {difference.B}", TextTone.Strong);
        }
        var printed = new HashSet<RuleDifference>();
        foreach (var rule in changed.Where(printed.Add))
        {
            // Rules with the same name in both are shown together.
            var again = rule.A is null ? null : changed.Find(r => r.B?.Name == rule.A.Name && printed.Add(r));
            Rewritten(report, rule.A ?? again?.A, rule.B ?? again?.B);
        }
        Moved(difference, report);
    }

    private static void Rewritten(ReportWriter report, Rule? a, Rule? b)
    {
        bool saysTheSame = a?.Says == b?.Says;
        if (saysTheSame)
            Lines(report, "  ", $"{a!.Name}: {a.Says}");
        foreach (var (mark, rule, ink) in ((char, Rule?, TextTone)[])[('-', a, TextTone.Bad), ('+', b, TextTone.Good)])
        {
            if (rule is null)
                continue;
            if (!saysTheSame)
                Lines(report, $"{mark} ", $"{rule.Name}: {rule.Says}", ink);
            Lines(report, $"{mark}     ", rule.Source.ToString(), saysTheSame ? ink : TextTone.Faint);
        }
    }

    private static void Moved(PolicyDifference difference, ReportWriter report)
    {
        var moves = difference
            .Rules.Where(r => r.Moved)
            .GroupBy(r => (From: Place(r.A!.Source), To: Place(r.B!.Source)))
            .ToList();
        if (moves.Count == 0)
            return;
        report.Line();
        report.Line("Rules that say the same in another place:");
        foreach (var move in moves)
        {
            Lines(report, "  ", $"{move.Key.From} -> {move.Key.To}:");
            Lines(report, "      ", string.Join(", ", move.Select(r => r.A!.Name)), hanging: 0);
        }
    }

    private static string Place(Source source) =>
        source.Since is null ? source.Function : $"{source.Function}(), {source.Since}+";

    /// <summary>One object per line: difference, then changes, capabilities and rules.</summary>
    private static void WriteJson(PolicyDifference difference, TextWriter output)
    {
        Write(
            new
            {
                Type = "difference",
                A = difference.A.Name,
                B = difference.B.Name,
                difference.Points,
                difference.Differing,
            }
        );
        foreach (var change in difference.Changes)
            Write(
                new
                {
                    Type = "change",
                    Moment = change.Change.Moment == DecisionPoint.Registration ? "registration" : "access",
                    change.Change.From,
                    change.Change.To,
                    change.Points,
                    // A cube lists the inputs that matter, each with its possible values.
                    Cubes = change.Cubes.Select(c => c.Restricted.ToDictionary(d => d.Name, c.Values)),
                }
            );
        foreach (var capability in difference.Capabilities)
            Write(
                new
                {
                    Type = "capability",
                    capability.Either.Number,
                    capability.Either.Name,
                    Vm = Pair(CapabilityDifference.OnVm(capability.A), CapabilityDifference.OnVm(capability.B)),
                    System = Pair(
                        CapabilityDifference.OnSystem(capability.A),
                        CapabilityDifference.OnSystem(capability.B)
                    ),
                    Source = Pair(capability.A?.Source.ToString(), capability.B?.Source.ToString()),
                }
            );
        foreach (var rule in difference.Rules)
            Write(
                new
                {
                    Type = "rule",
                    Change = rule.Moved ? "moved"
                    : rule.A is null ? "added"
                    : "removed",
                    Stage = rule.Stage.ToString().ToLowerInvariant(),
                    (rule.A ?? rule.B)!.Name,
                    (rule.A ?? rule.B)!.Says,
                    Source = Pair(rule.A?.Source.ToString(), rule.B?.Source.ToString()),
                }
            );

        void Write(object line) => JsonLine.Write(output, line);
    }

    private static object Pair(string? a, string? b) => new { A = a, B = b };

    private static void Lines(
        ReportWriter report,
        string indent,
        string text,
        TextTone ink = TextTone.Plain,
        int hanging = 2
    )
    {
        foreach (string line in Wrapping.Lines(indent, text, hanging))
            report.Line(line, ink);
    }
}
