using Harness.Findings;
using Harness.Model.Policies;
using Harness.Reports;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Findings without hosts: listed, shown, written for a maintainer.</summary>
internal static class FindingsAction
{
    public static void List(IReadOnlyList<Finding> findings, bool json, HarnessConsole console)
    {
        if (json)
        {
            foreach (var finding in findings)
                JsonLine.Write(console.Out, Json(finding));
            return;
        }
        var report = console.Report();
        foreach (var finding in findings)
        {
            report.Line((finding.Name, TextTone.Strong), ($"  {finding.Title}", TextTone.Plain));
            report.Line($"  releases    {string.Join(", ", finding.Affected)}");
            report.Line($"  first       {finding.Affected[0].First}");
            report.Line($"  fixed       {FindingText.FixedIn(finding)}");
            report.Line($"  upstream    {finding.Upstream}");
            report.Line($"  property    {finding.Property}");
            report.Line(
                $"  shown by    {string.Join(", ", finding.Cases.Select(c => c.Case.Id).Concat(finding.Program is { } p ? [p.Name] : []))}"
            );
        }
    }

    public static void Show(Finding finding, string database, bool json, HarnessConsole console)
    {
        if (json)
            JsonLine.Write(console.Out, Json(finding));
        else
            console.Out.Write(Printable.Of(Text(finding, database), keepLines: true));
    }

    /// <summary>Writes NAME.md and NAME.c.</summary>
    public static int Report(Finding finding, string database, string folder, HarnessConsole console)
    {
        (string Name, string Text)[] files =
        [
            ($"{finding.Name}.md", Text(finding, database)),
            ($"{finding.Name}.c", finding.Program?.Text ?? Reproducer(finding)),
        ];
        foreach (var (name, text) in files)
        {
            NewFile.Write(Path.Combine(folder, name), stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
            console.Error.WriteLine(Printable.Of(Path.Combine(folder, name)));
        }
        return ExitCodes.Ok;
    }

    /// <summary>Its first case, with what the newest affected releases do.</summary>
    private static string Reproducer(Finding finding)
    {
        var c = finding.Cases[0].Case;
        var policy = ReleaseCatalog.Upstream.LastOrDefault(r => r.Contains(finding.Affected[^1].First))?.Policy
            ?? PolicyCatalog.Newest;
        return ReproAction.Text(c, null, ReproAction.OnKinds(c, policy, on: null));
    }

    private static string Text(Finding finding, string database) =>
        FindingText.Of(
            finding,
            File.Exists(database) ? StoredFindings.Newest(ResultStore.Open(database), finding) : [],
            Hint.Program
        );

    private static object Json(Finding finding) =>
        new
        {
            Type = "finding",
            finding.Name,
            finding.Title,
            Affected = finding.Affected.Select(r => new { First = r.First.ToString(), Fixed = r.Fixed?.ToString() }),
            finding.Property,
            finding.Evidence,
            finding.Upstream,
            Hosts = finding.Hosts.Text,
            finding.Targets,
            Cases = finding.Cases.Select(c => new { c.Case.Id, c.Case.Key }),
            Program = finding.Program?.Name,
            finding.KnownDifference,
        };
}
