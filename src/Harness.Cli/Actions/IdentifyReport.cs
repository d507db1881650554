using Harness.Analysis.Identifications;
using Harness.Model;
using Harness.Reports;
using Harness.Runs;

namespace Harness.Cli.Actions;

internal static class IdentifyReport
{
    public static void Text(StoredHost host, Identification found, ReportWriter report)
    {
        report.Line((host.Target, TextTone.Strong), ($"  {host.Profile.Release}; {host.Profile.Host}", TextTone.Plain));
        report.Line(
            $"  compared: {found.Cases} cases and {found.Capabilities} answers to KVM_CHECK_EXTENSION"
                + (
                    host.Unread > 0
                        ? $"; {host.Unread} stored cases are not known to this version and were left out"
                        : ""
                )
        );
        var remaining = found.Remaining;
        report.Line(
            remaining.Count switch
            {
                0 => "  no policy fits: this kernel decides as none that is known",
                1 => $"  it implements {remaining[0].Name}: {remaining[0].Summary}",
                _ => $"  it implements one of {string.Join(", ", remaining.Select(p => p.Name))}",
            },
            TextTone.Strong
        );
        foreach (var separator in found.Separators)
            report.Line($"    {separator.One.Name} or {separator.Other.Name}? {Decides(separator)}");
        report.Line();
        report.Line("  the others, each with the first contradiction:");
        foreach (var suspect in found.Suspects.Where(s => !s.Remains))
        {
            var first = suspect.Contradictions[0];
            int more = suspect.Contradictions.Count - 1;
            report.Line(
                ($"  {suspect.Policy.Name}", TextTone.Strong),
                ($"  {first.Rule}{Cases(first.Count)}{(more > 0 ? $", and {more} more" : "")}", TextTone.Plain)
            );
            report.Line($"      {first.Example}: predicted {first.Predicted}; observed {first.Observed}");
            report.Line($"      {first.Source}", TextTone.Faint);
        }
        report.Line();
    }

    public static void Json(StoredHost host, Identification found, TextWriter output) =>
        JsonLine.Write(
            output,
            new
            {
                Type = "identification",
                host.Target,
                host.Profile.Release,
                Host = host.Profile.Host.ToString(),
                found.Cases,
                found.Capabilities,
                host.Unread,
                Remaining = found.Remaining.Select(p => p.Name),
                Separators = found.Separators.Select(s => new
                {
                    One = s.One.Name,
                    Other = s.Other.Name,
                    CaseId = s.Case?.Id,
                    Case = s.Case?.Key,
                    Host = s.Host?.Features,
                    LooseCase = s.Unspecified?.Key,
                }),
                Others = found
                    .Suspects.Where(s => !s.Remains)
                    .Select(s => new
                    {
                        Policy = s.Policy.Name,
                        Contradictions = s.Contradictions.Select(c => new
                        {
                            c.Rule,
                            Source = c.Source.ToString(),
                            c.Count,
                            c.Example,
                            c.Predicted,
                            c.Observed,
                        }),
                    }),
            }
        );

    private static string Cases(int count) => count == 1 ? "" : $" ({count} cases)";

    private static string Decides(Separator s) =>
        (s.Case, s.Host, s.Unspecified) switch
        {
            ({ } c, null, _) => $"run {c.Id}: {c.Key}",
            ({ } c, { Mode: KvmMode.Protected } host, _) =>
                $"no case on this host; one in protected mode with {host.Features} would show it by {c.Id}: {c.Key}",
            ({ } c, { } host, _) => $"no case on this CPU; one with {host.Features} would show it by {c.Id}: {c.Key}",
            (_, _, { } loose) =>
                $"no case distinguishes them for sure: they differ only where both allow the same outcome, as in {loose.Key}",
            _ => "they decide every case alike",
        };
}
