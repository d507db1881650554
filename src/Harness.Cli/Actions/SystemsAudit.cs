using System.Diagnostics;
using System.Globalization;
using Harness.Analysis.Ownership;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>The second half of an audit: page ownership, system by system.</summary>
internal static class SystemsAudit
{
    public static IReadOnlyList<SystemAudit> Of(IReadOnlyList<OwnershipSystem> systems, CancellationToken cancel) =>
        [.. systems.Select(s => OwnershipAudit.Of(s, OwnershipProperties.All, cancel))];

    public static void WriteText(IReadOnlyList<OwnershipSystem> systems, ReportWriter report, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        var audits = Of(systems, cancel);
        foreach (string line in OwnershipTable.Matrix(audits, OwnershipProperties.All))
            report.Line(line);
        report.Line();
        report.Line(
            "A dot: it holds. A figure: the number of operations in states that violate it. A dash: it does not apply to the system."
        );
        foreach (var property in OwnershipProperties.All)
        {
            var shared = OwnershipTable.Shared(audits, property);
            if (shared.Count == 0)
                continue;
            report.Line();
            report.Line(property.Name, TextTone.Strong);
            report.Line($"  {property.Source}", TextTone.Faint);
            foreach (var breach in shared)
            {
                report.Line($"  {breach.Breach.By.Name}: {breach.Breach}");
                report.Line($"      {breach.Who(audits)}", TextTone.Faint);
            }
        }
        report.Line();
        report.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(audits.Count == 1 ? "1 system" : $"{audits.Count} systems")}, {audits.Sum(a => a.States):N0} states, {audits.Sum(a => a.Points):N0} operations, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"
            )
        );
    }

    /// <summary>One object per line, for each system and property.</summary>
    public static void WriteJson(IReadOnlyList<OwnershipSystem> systems, TextWriter output, CancellationToken cancel)
    {
        foreach (var audit in Of(systems, cancel))
        foreach (var result in audit.Results)
            JsonLine.Write(
                output,
                new
                {
                    Type = "ownership",
                    System = audit.System.Name,
                    audit.System.ModelOnly,
                    Property = result.Property.Name,
                    result.Property.Says,
                    result.Property.Source,
                    audit.States,
                    result.Asked,
                    result.Holds,
                    result.Points,
                    Breaches = result.Breaches.Select(b => new
                    {
                        By = b.By.Name,
                        Source = b.By.Source.ToString(),
                        b.Points,
                        Host = b.Host.ToString(),
                        Scenario = b.Scenario.ToString(),
                        Steps = b.Steps.Select(s => new
                        {
                            Operation = OperationText.Word(s.Operation),
                            Outcome = s.Outcome.ToString(),
                            By = s.By.Name,
                        }),
                    }),
                }
            );
    }
}
