using System.Globalization;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// A run in the Kernel Test Anything Protocol, version 1 (Documentation/dev-tools/ktap.rst): a test for each host, with
/// a subtest for each case. Diagnostic lines before a result explain why it is not ok.
/// </summary>
public sealed class KtapExport(ResultStore store, TextWriter writer)
{
    public void Write(RunSummary run)
    {
        Line("KTAP version 1");
        Line($"1..{Number(run.Hosts.Count)}");
        Line($"# {run.Run.Id}: {run.Run.CommandLine}");
        for (int i = 0; i < run.Hosts.Count; i++)
            Host(run, run.Hosts[i], i + 1);
    }

    private void Host(RunSummary run, HostSummary host, int number)
    {
        string name = Description(host.Host.Target);
        int failed = 0,
            answered = 0;
        if (host.Planned > 0)
        {
            Line("  KTAP version 1");
            Line($"  # Subtest: {name}");
            Line($"  1..{Number(host.Planned)}");
            foreach (var (property, value) in HostProperties.Of(run, host))
                Line($"  # {property}: {value}");
            var broken = store.BrokenProperties(host.Id);
            store.ForEachResult(host.Id, null, row =>
            {
                var (ok, directive) = Verdicts.Of(row.Verdict).Ktap;
                failed += ok ? 0 : 1;
                answered += directive == "SKIP" ? 0 : 1;
                Case(row, ok, directive, [.. broken[row.CaseId]]);
            });
        }
        // A parent fails with any of its subtests; a lost one fails, too; and one with only skips is skipped.
        string end =
            failed > 0 ? $"not ok {Number(number)} - {name}"
            : host.State == States.Failed
                ? $"not ok {Number(number)} - {name} # ERROR {host.Reason ?? "the host was unavailable"}"
            : answered == 0
                ? $"ok {Number(number)} - {name} # SKIP {(host.Planned == 0 ? "no case was planned" : "no case could be judged")}"
            : $"ok {Number(number)} - {name}";
        Line($"# {name}: {Number(host.Planned - failed)} of {Number(host.Planned)} ok");
        Line(end);
    }

    private void Case(ResultRow row, bool ok, string? directive, IReadOnlyList<string> broken)
    {
        if (!ok)
            foreach (string line in ResultText.Of(row, broken).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Line($"  # {row.CaseId}: {line}");
        else if (broken.Count > 0)
            Line($"  # {row.CaseId}: breaks {string.Join(", ", broken)}");
        string result =
            $"  {(ok ? "ok" : "not ok")} {Number(row.Ordinal + 1)} - {Description($"{row.CaseId} {CaseTitle.Short(row.Title)}")}";
        string data = directive is null
            ? row.Verdict is Verdicts.Erratum
                ? ResultText.Summary(row)
                : ""
            : $"{directive} {row.Verdict}: {ResultText.Summary(row)}";
        Line(data.Length == 0 ? result : $"{result} # {data}");
    }

    /// <summary>A description can't contain a hash sign: it would start a directive.</summary>
    private static string Description(string text) => text.Replace("#", "%23", StringComparison.Ordinal);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Line(string text) => writer.Write(Printable.Of(ResultText.OneLine(text)) + "\n");
}
