using Harness.Analysis.Ownership;
using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class SystemsAction
{
    public static int Execute(bool markdown, HarnessConsole console, CancellationToken cancel)
    {
        if (markdown)
        {
            console.Out.Write(OwnershipDocument.Write(SystemsAudit.Of(Systems.All, cancel), OwnershipProperties.All));
            return ExitCodes.Ok;
        }
        var report = console.Report();
        int width = Systems.All.Max(s => s.Name.Length);
        foreach (var system in Systems.All)
            report.Line((system.Name.PadRight(width + 2), TextTone.Strong), (system.Summary, TextTone.Plain));
        return ExitCodes.Ok;
    }
}
