using System.Globalization;
using System.Text;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Reproducers;

namespace Harness.Findings;

/// <summary>
/// The text that a maintainer gets: what, where, since when, how to reproduce it, what was seen, what it means.
/// </summary>
public static class FindingText
{
    /// <param name="finding">The finding.</param>
    /// <param name="results">What was observed, the newest first; may be empty.</param>
    /// <param name="program">How the harness is started: "scripts/harness".</param>
    public static string Of(Finding finding, IReadOnlyList<FindingResult> results, string program)
    {
        var text = new StringBuilder();
        Line(text, $"# {finding.Title}");
        Line(text, "");
        Line(text, "| | |");
        Line(text, "|---|---|");
        Line(text, $"| releases | {string.Join(", ", finding.Affected)} |");
        Line(text, $"| fixed in | {FixedIn(finding)} |");
        Line(text, $"| upstream | {finding.Upstream} |");
        Line(
            text,
            $"| property | {finding.Property}{(FindingProperties.Says(finding.Property) is { } says ? $": {says}" : "")} |"
        );
        Line(text, $"| hosts | {(finding.Hosts.Text.Length == 0 ? "all" : $"`{finding.Hosts.Text}`")} |");
        Line(text, $"| evidence | {string.Join(", ", finding.Evidence)} |");
        Line(text, "");
        foreach (string section in FindingReader.Sections.SkipLast(1))
            Section(text, finding, section);
        Reproduce(text, finding, program);
        Observed(text, finding, results, program);
        Section(text, finding, FindingReader.Sections[^1]);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>"6.1.191, 6.12.113"; "no release yet".</summary>
    public static string FixedIn(Finding finding) =>
        string.Join(
            ", ",
            finding.Affected.Select(r => r.Fixed?.ToString()).OfType<string>().DefaultIfEmpty("no release yet")
        );

    /// <summary>A section of the file, with its heading.</summary>
    private static void Section(StringBuilder text, Finding finding, string section)
    {
        string[] lines = finding.Text.Split('\n');
        int begin = Array.IndexOf(lines, $"## {section}");
        foreach (
            string line in lines
                .Skip(begin)
                .TakeWhile((line, i) => i == 0 || !line.StartsWith("## ", StringComparison.Ordinal))
        )
            Line(text, line);
        Blank(text);
    }

    private static void Reproduce(StringBuilder text, Finding finding, string program)
    {
        string policy =
            finding.Affected[^1].First is var first
            && ReleaseCatalog.Upstream.LastOrDefault(r => r.Contains(first))?.Policy is { } known
                ? $" --policy {known.Name}"
                : "";
        Line(text, "## How to reproduce");
        Line(text, "");
        Line(
            text,
            $"`{finding.Name}.c` needs libc and the kernel's headers, and is run as root on an affected arm64 host:"
        );
        Line(text, "");
        Line(text, $"    aarch64-linux-gnu-gcc -O2 -static {finding.Name}.c -o {finding.Name} && ./{finding.Name}");
        Line(text, "");
        if (finding.Cases.Count > 0)
        {
            Line(
                text,
                finding.Program is null ? "It shows the first of these cases. With the harness:" : "With the harness:"
            );
            Line(text, "");
            Line(text, $"    {program} findings verify {finding.Name}");
            Line(text, $"    {program} explain {finding.Cases[0].Case.Id}{policy}");
        }
        foreach (var c in finding.Cases)
        {
            Line(text, "");
            Line(text, $"- `{c.Case.Id}`, `{c.Case.Key}`: {string.Join(' ', CaseWords.Of(c.Case))}");
            Line(text, $"  It is shown by {string.Join(", and ", Shows(c))}.");
        }
        foreach (var (number, value) in finding.Capabilities)
        {
            Line(text, "");
            Line(text, $"- KVM_CHECK_EXTENSION of {number} on the VM returns {value}.");
        }
        Blank(text);
    }

    /// <summary>What shows it in a case, a phrase each.</summary>
    internal static IEnumerable<string> Shows(FindingCase c) =>
        [
            .. c.Seen.Select(FindingJudge.Words),
            .. c.Breaks is { } property ? [$"the broken property {property}"] : Array.Empty<string>(),
            .. c.Report is { } report ? [$"the kernel's report \"{report}\""] : Array.Empty<string>(),
            .. c.Registers.Select(r =>
                string.Create(CultureInfo.InvariantCulture, $"0x{r.Value:x} in the guest's {r.Key.Name()}")
            ),
        ];

    private static void Observed(
        StringBuilder text,
        Finding finding,
        IReadOnlyList<FindingResult> results,
        string program
    )
    {
        Line(text, "## What was observed");
        Line(text, "");
        if (finding.Cases.Count == 0)
            Line(text, "The program is run by hand; the other sections have what it printed.");
        else if (results.Count == 0)
            Line(text, $"Nothing is stored: `{program} findings verify {finding.Name}` boots hosts and stores it.");
        foreach (var result in results)
        {
            Line(
                text,
                $"- {result.Release} on {result.Target}: **{result.Word}**{(result.Reason.Length > 0 ? $" ({result.Reason})" : "")}"
            );
            foreach (var (id, seen) in result.Seen)
            {
                Line(text, $"  - `{id}`: {seen}");
                foreach (string detail in result.Details.GetValueOrDefault(id) ?? [])
                    Line(text, $"    `{detail}`");
            }
        }
        Line(text, "");
    }

    /// <summary>A blank line, unless there is one.</summary>
    private static void Blank(StringBuilder text)
    {
        if (text[^2] != '\n')
            Line(text, "");
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
