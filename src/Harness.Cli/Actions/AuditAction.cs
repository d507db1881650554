using System.Diagnostics;
using System.Globalization;
using Harness.Analysis.Audits;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Safety;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class AuditAction
{
    /// <param name="policies">Audited for memory attributes; may be empty.</param>
    /// <param name="systems">Audited for page ownership; may be empty.</param>
    /// <param name="json">For programs.</param>
    /// <param name="console">The output.</param>
    /// <param name="cancel">Ends it.</param>
    public static int Execute(
        IReadOnlyList<Policy> policies,
        IReadOnlyList<OwnershipSystem> systems,
        bool json,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        long start = Stopwatch.GetTimestamp();
        var audits = Audit(policies, cancel);
        var elapsed = Stopwatch.GetElapsedTime(start);
        if (json)
        {
            WriteJson(audits, console.Out);
            SystemsAudit.WriteJson(systems, console.Out, cancel);
            return ExitCodes.Ok;
        }
        var report = console.Report();
        if (audits.Count > 0)
            WriteText(audits, elapsed, report);
        if (audits.Count > 0 && systems.Count > 0)
            report.Line();
        if (systems.Count > 0)
            SystemsAudit.WriteText(systems, report, cancel);
        return ExitCodes.Ok;
    }

    public static IReadOnlyList<PolicyAudit> Audit(IReadOnlyList<Policy> policies, CancellationToken cancel)
    {
        var audits = new List<PolicyAudit>();
        foreach (var policy in policies)
        {
            cancel.ThrowIfCancellationRequested();
            audits.Add(Analysis.Audits.Audit.Of(policy, AllCases.Audited, SafetyProperties.All));
        }
        return audits;
    }

    private static void WriteText(IReadOnlyList<PolicyAudit> audits, TimeSpan elapsed, ReportWriter report)
    {
        foreach (string line in AuditTable.Matrix(audits, SafetyProperties.All))
            report.Line(line);
        report.Line();
        var pairs = SafetyProperties
            .All.Select((p, i) => (p.OfPairs, Number: i + 1))
            .Where(p => p.OfPairs)
            .Select(p => p.Number)
            .ToList();
        report.Line(
            $"A dot: it holds. A figure: the number of points, or pairs of hosts for {string.Join(", ", pairs.SkipLast(1))} and {pairs[^1]}, that violate it."
        );
        foreach (var property in SafetyProperties.All)
        {
            var shared = AuditTable.Shared(audits, property);
            if (shared.Count == 0)
                continue;
            report.Line();
            report.Line(property.Name, TextTone.Strong);
            report.Line($"  {property.Source}", TextTone.Faint);
            foreach (var breach in shared)
            {
                report.Line($"  {breach.Ending}: {breach.Text}");
                report.Line($"      {AuditTable.Who(audits, breach)}", TextTone.Faint);
            }
        }
        report.Line();
        report.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(audits.Count == 1 ? "1 policy" : $"{audits.Count} policies")}, {audits[0].Points:N0} points each ({AllCases.Audited.Count:N0} cases on {HostFacts.All.Count} hosts), in {elapsed.TotalSeconds:F1} s"
            )
        );
    }

    /// <summary>One object per line, for each policy and property.</summary>
    private static void WriteJson(IReadOnlyList<PolicyAudit> audits, TextWriter output)
    {
        foreach (var audit in audits)
        foreach (var result in audit.Results)
            JsonLine.Write(
                output,
                new
                {
                    Type = "property",
                    Policy = audit.Policy.Name,
                    Property = result.Property.Name,
                    result.Property.Says,
                    result.Property.Source,
                    Space = audit.Points,
                    result.Holds,
                    result.Points,
                    Breaches = result.Breaches.Select(b => new
                    {
                        b.Ending,
                        b.Points,
                        CaseId = b.Case.Id,
                        Case = b.Case.Key,
                        Host = b.Host.Features,
                        Other = b.Other?.Features,
                        OnHost = b.OnHost.ToString(),
                        OnOther = b.OnOther?.ToString(),
                    }),
                }
            );
    }
}
