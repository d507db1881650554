using System.Globalization;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>What lists and summaries show of a run.</summary>
internal static class StoredRun
{
    /// <summary>How long it took; up to now if it is going on; null where that is unknown.</summary>
    public static TimeSpan? Time(RunSummary run, RunStanding standing) =>
        (run.FinishedUtc ?? (standing.State == States.Running ? DateTimeOffset.UtcNow : null)) - run.Run.StartedUtc;

    /// <summary>"1:02:03", "2:03".</summary>
    public static string Words(TimeSpan? time) =>
        time is not { } t ? "-"
        : t.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(t.TotalHours)}:{t:mm\\:ss}")
        : string.Create(CultureInfo.InvariantCulture, $"{t:m\\:ss}");

    /// <summary>The exit code of a run that has ended; null while it is going on.</summary>
    public static int? ExitCode(RunSummary run, RunStanding standing) =>
        standing.State is States.Running or States.Planned ? null : RunExit.Of(run);

    /// <summary>Whether it can be resumed: it has ended, and some cases have no verdict.</summary>
    public static bool IsOpen(RunSummary run, RunStanding standing) =>
        standing.State == RunStanding.Died
        || standing.State is States.Interrupted or States.Failed
            && run.Hosts.Any(h => h.Verdicts.GetValueOrDefault(Verdicts.Planned) > 0);

    public static string Stamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
