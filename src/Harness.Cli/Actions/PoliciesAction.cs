using Harness.Analysis;
using Harness.Model.Policies;
using Harness.Model.Safety;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class PoliciesAction
{
    public static int Execute(bool markdown, HarnessConsole console, CancellationToken cancel)
    {
        if (markdown)
        {
            console.Out.Write(PoliciesDocument.Write(AuditAction.Audit(PolicyCatalog.All, cancel), SafetyProperties.All));
            return ExitCodes.Ok;
        }
        var report = console.Report();
        int width = PolicyCatalog.All.Max(p => p.Name.Length);
        foreach (var policy in PolicyCatalog.All)
            report.Line((policy.Name.PadRight(width + 2), Ink.Strong), (policy.Summary, Ink.Plain));
        return ExitCodes.Ok;
    }
}
