using System.Globalization;
using Harness.Reports;
using Harness.Runs.Readiness;

namespace Harness.Cli.Actions.Checking;

/// <summary>The checklist for people.</summary>
internal static class CheckText
{
    public static void Print(
        ReportWriter report,
        CheckRequest request,
        HostReadiness readiness,
        IReadOnlyList<CheckLine> lines,
        IReadOnlyList<string> notes
    )
    {
        report.Line(
            ($"{request.Target.Name}: ", TextTone.Strong),
            (Headline(readiness.Standing), Tone(readiness.Standing))
        );
        report.Line($"  kernel {readiness.Profile.Release}: {readiness.Profile.Describe()}; {Judged(readiness)}");
        string suite =
            request.Suite is { } name ? $"suite {name}"
            : request.Filter is { } filter ? $"filter {filter}"
            : "all cases";
        report.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {suite}: {readiness.Runnable.Suite:N0} of {readiness.Total.Suite:N0} cases can run; of all cases {readiness.Runnable.All:N0} of {readiness.Total.All:N0}{Outside(readiness)}"
            )
        );
        foreach (var line in lines)
        {
            report.Line(
                ("  - ", TextTone.Plain),
                (line.Lacks, readiness.Standing == HostStanding.NotReady ? TextTone.Bad : TextTone.Doubtful),
                ($": {line.Costs}", TextTone.Plain)
            );
            if (line.Mend?.Advice is { } advice)
                report.Line($"      {advice}", TextTone.Faint);
            if (line.Mend?.Command is { } command)
                report.Line($"      {command}");
        }
        foreach (string note in notes)
            report.Line($"  {note}", TextTone.Faint);
    }

    public static string Headline(HostStanding standing) =>
        standing switch
        {
            HostStanding.Ready => "ready",
            HostStanding.Limited => "ready with limits",
            _ => "not ready",
        };

    private static TextTone Tone(HostStanding standing) =>
        standing switch
        {
            HostStanding.Ready => TextTone.Good,
            HostStanding.Limited => TextTone.Doubtful,
            _ => TextTone.Bad,
        };

    private static string Judged(HostReadiness readiness) =>
        readiness.Profile.Choice is { Policy: { } policy } choice
            ? $"judged by {policy.Name} (release {choice.Release} {choice.Standing.ToString().ToLowerInvariant()})"
            : "no policy";

    private static string Outside(HostReadiness readiness) =>
        readiness.Outside.All == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $" (for {readiness.Outside.All:N0} its policy has no prediction)"
            );
}
