using Harness.Analysis;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Model.Safety;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class PoliciesAction
{
    public static int Execute(bool markdown, HarnessConsole console, CancellationToken cancel)
    {
        if (markdown)
        {
            console.Out.Write(
                PoliciesDocument.Write(AuditAction.Audit(PolicyCatalog.All, cancel), SafetyProperties.All)
            );
            return ExitCodes.Ok;
        }
        var report = console.Report();
        int width = PolicyCatalog.All.Max(p => p.Name.Length);
        foreach (var policy in PolicyCatalog.All)
            report.Line((policy.Name.PadRight(width + 2), TextTone.Strong), (policy.Summary, TextTone.Plain));
        report.Line();
        report.Line("Which kernels follow them:", TextTone.Strong);
        Releases(report);
        return ExitCodes.Ok;
    }

    private static void Releases(ReportWriter report)
    {
        int flavour = ReleaseCatalog.All.Max(r => r.Flavour.Length),
            text = ReleaseCatalog.All.Max(r => r.Text.Length);
        int policy = PolicyCatalog.All.Max(p => p.Name.Length);
        foreach (var range in ReleaseCatalog.All)
        {
            report.Line(
                ($"{range.Flavour.PadRight(flavour)}  {range.Text.PadRight(text)}  ", TextTone.Plain),
                (
                    (range.Policy?.Name ?? "no policy").PadRight(policy),
                    range.Policy is null ? TextTone.Doubtful : TextTone.Strong
                ),
                ($"  {ReleaseText.Of(range)}", TextTone.Faint)
            );
        }
    }
}
