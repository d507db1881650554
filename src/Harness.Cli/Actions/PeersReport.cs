using System.Globalization;
using Harness.Reports;
using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class PeersReport
{
    private const int NameWidth = 38;

    public static void Text(RunSummary run, IReadOnlyList<PeerRow> rows, string database, HarnessConsole console)
    {
        var report = console.Report();
        new PeerText(report).Write(rows);
        report.Line($"the run: {Hint.Command($"report {run.Run.Id}", database, console.Directory)}", TextTone.Faint);
    }

    public static void Json(RunSummary run, IReadOnlyList<PeerRow> rows, TextWriter output) =>
        PeerJson.Write(run.Run.Id, rows, output);

    /// <summary>The catalogue.</summary>
    public static void Text(IReadOnlyList<PeerProgram> programs, ReportWriter report)
    {
        foreach (var program in programs)
        {
            report.Line(
                (program.Name.PadRight(NameWidth), TextTone.Strong),
                (
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{PeerRun.CasesOf([program]).Count, 4} cases, about {program.UsualSeconds} s"
                    ),
                    TextTone.Plain
                )
            );
            report.Line($"    {program.Why}");
            if (program.Arguments.Length > 0)
                report.Line($"    arguments: {program.Arguments}", TextTone.Faint);
            if (program.Same is { } same)
                report.Line($"    the same: {same}", TextTone.Faint);
            if (program.Lacks is { } lacks)
                report.Line($"    no case: {lacks}", TextTone.Faint);
            foreach (var d in program.Differences)
                report.Line($"    {d.Outcome}{Releases(d)}: {d.Explanation}", TextTone.Faint);
        }
    }

    public static void Json(IReadOnlyList<PeerProgram> programs, TextWriter output)
    {
        foreach (var p in programs)
            JsonLine.Write(
                output,
                new
                {
                    Type = "peer-program",
                    p.Name,
                    p.Paths,
                    p.Arguments,
                    p.UsualSeconds,
                    p.LimitSeconds,
                    p.Why,
                    p.Same,
                    Cases = PeerRun.CasesOf([p]).Count,
                    p.Lacks,
                    p.Differences,
                }
            );
    }

    private static string Releases(PeerDifference d) =>
        (d.From, d.Before) switch
        {
            (null, null) => "",
            (null, var before) => $" before {before}",
            (var from, null) => $" from {from} on",
            var (from, before) => $" from {from} to before {before}",
        };
}
