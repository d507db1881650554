using System.Text;
using Harness.Protocol;
using Harness.Reports;
using Harness.Reports.Outcomes;
using Harness.Reproducers;

namespace Harness.Cli.Actions;

/// <summary>README.txt of an evidence archive: one page that describes the other files.</summary>
internal static class EvidencePage
{
    private const int Width = 78;

    private static readonly (string File, string Says)[] Files =
    [
        ("case.json", "the case and the verdict"),
        ("explain.txt", "the expectation, rule by rule, with kernel function and version"),
        ("host.json", "the host: kernel, capabilities, facts and their sources, QEMU's command line"),
        ("kernel-log.txt", "the kernel's log while the case ran"),
        ("observation-N.json", "the stored observations, attempt by attempt"),
        ("program.json", "the probe's program, step by step"),
        ("repro.c", "the same as a C program"),
        ("run.json", "the run: command line, versions"),
    ];

    /// <param name="e">The result.</param>
    /// <param name="last">The last observation.</param>
    /// <param name="sameProgram">The executed programs are the one in program.json, as far as they went.</param>
    public static string Text(StoredEvidence e, Observation last, bool sameProgram)
    {
        var (row, host) = (e.Row, e.Host.Host);
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        void Paragraph(string words, string indent = "")
        {
            foreach (string line in Lines(words, Width - indent.Length))
                Line(indent + line);
        }
        void Field(string name, string? value, int column = 10)
        {
            if (string.IsNullOrEmpty(value))
                return;
            string begin = $"  {name.PadRight(column)}";
            foreach (string line in value.Split('\n').SelectMany(l => Lines(Printable.Of(l), Width - begin.Length)))
            {
                Line(begin + line);
                begin = new string(' ', begin.Length);
            }
        }

        Line($"{row.Verdict.ToUpperInvariant()}: KVM/arm64 stage-2 case {row.CaseId} on {row.Target}");
        Line();
        Line("WHAT");
        Field("case", e.Case.Key);
        foreach (string sentence in CaseWords.Of(e.Case, e.Profile.Abilities.Sizes))
            Paragraph(sentence, "  ");
        Line();
        Line("WHERE");
        Field("kernel", $"{host.KernelRelease} {host.KernelVersion}".Trim());
        Field("build id", host.BuildId);
        Field("CPU", host.Cpu + (host.Platform is null ? "" : $" ({host.Platform})"));
        Field(
            "machine",
            host.QemuVersion is null
                ? $"{host.Kind} target {host.Target}"
                : $"QEMU {host.QemuVersion}, command line in host.json"
        );
        Field("run", $"{e.Run.Run.Id}: {e.Run.Run.CommandLine}");
        Line();
        Line("EXPECTED AND SEEN");
        Field("policy", e.Policy.Name);
        Field("rule", row.Rule is null ? null : $"{row.Rule}{(row.RuleSource is null ? "" : $": {row.RuleSource}")}");
        Field("expected", row.Predicted);
        Field("seen", row.Observed);
        StoredOutcome predicted = StoredOutcome.Predicted(row),
            observed = StoredOutcome.Observed(row);
        if (observed.IsLong && !predicted.SameAs(observed))
        {
            var (expected, seen) = OutcomeDifference.First(predicted, observed);
            Field("differs", $"{expected}, but {seen}");
        }
        Field("", row.Details);
        Field("evidence", string.Join(", ", row.Evidence));
        Field("culprit", row.Culprit == Store.Culprits.None ? null : row.Culprit);
        Field("reason", row.Reason);
        Field("known as", row.Known);
        Field("ended", last.End == ObservationEnd.Completed ? null : $"{last.End}: {last.Detail}");
        Field("run", row.Attempts == 1 ? "once" : $"{row.Attempts} times, each on a new VM");
        Line();
        Line("AGAIN");
        Paragraph("Without the harness, on the host in question (requirements are at the top of the file):", "  ");
        Line();
        Line("    aarch64-linux-gnu-gcc -O2 -Wall -Wextra -Werror -static -o repro repro.c");
        Line("    ./repro");
        Line();
        Paragraph(
            "It prints a line for each step, with the numbers that the steps have in program.json and in the observations.",
            "  "
        );
        Paragraph("With the harness:", "  ");
        Line();
        Line($"    harness run --target {row.Target} --filter id={row.CaseId} --policy {e.Policy.Name}");
        Line();
        Line("FILES");
        foreach (var (file, says) in Files)
            Field(file, says, column: 20);
        if (!sameProgram)
        {
            Line();
            Paragraph(
                "Beware: the steps observed are not those of program.json and repro.c, which were written by another version of the harness than ran the case."
            );
        }
        return text.ToString();
    }

    /// <summary>A line too long for the page continues below.</summary>
    private static IEnumerable<string> Lines(string text, int width)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }
        if (line.Length > 0)
            yield return line.ToString();
    }
}
