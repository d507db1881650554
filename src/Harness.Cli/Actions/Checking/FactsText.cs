using Harness.Protocol;
using Harness.Reports;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions.Checking;

/// <summary>A host's facts for people, as the probe read them, and each settled fact with its sources.</summary>
internal static class FactsText
{
    public static void Print(ReportWriter report, Fields facts, HostProfile? profile)
    {
        report.Line("facts, as the probe read them:", TextTone.Strong);
        foreach (var (name, value) in facts)
            Print(report, name, value, 1);
        if (profile is null)
            return;
        report.Line("facts, with their sources:", TextTone.Strong);
        foreach (var fact in profile.Facts)
            report.Line(
                (
                    $"  {fact}",
                    fact.IsContradicted ? TextTone.Bad
                    : fact.Value is null ? TextTone.Doubtful
                    : TextTone.Plain
                )
            );
    }

    private static void Print(ReportWriter report, string name, object? value, int depth)
    {
        string indent = new(' ', depth * 2);
        switch (value)
        {
            case Fields inner:
                report.Line($"{indent}{name}:");
                foreach (var (key, of) in inner)
                    Print(report, key, of, depth + 1);
                break;
            case IReadOnlyList<object?> list:
                report.Line($"{indent}{name}:");
                foreach (object? item in list)
                    if (item is Fields part)
                        Print(report, "one", part, depth + 1);
                    else
                        report.Line($"{indent}  {item}");
                break;
            default:
                bool register =
                    name.EndsWith("_el0", StringComparison.Ordinal) || name.EndsWith("_el1", StringComparison.Ordinal);
                report.Line($"{indent}{name}: {(register && value is long bits ? $"0x{bits:x16}" : value ?? "none")}");
                break;
        }
    }
}
