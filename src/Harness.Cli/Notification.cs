using System.Diagnostics;
using System.Globalization;

namespace Harness.Cli;

/// <summary>
/// Passes a text to a command of the user, as cron and mail expect it: on its stdin, with the first line as a subject.
/// </summary>
internal static class Notification
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <returns>Null, or why the text could not be passed.</returns>
    /// <remarks>
    /// The command does not get its own session, which would end with it: mail programs leave the delivery to a child.
    /// </remarks>
    public static async Task<string?> HandAsync(string command, string text, string run, string database, int exitCode)
    {
        var start = new ProcessStartInfo("sh", ["-c", command])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["HARNESS_SUBJECT"] = text.Split('\n', 2)[0];
        start.Environment["HARNESS_RUN"] = run;
        start.Environment["HARNESS_DB"] = database;
        start.Environment["HARNESS_EXIT_CODE"] = exitCode.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(text).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It stopped reading: its exit code shows whether that was intended.
        }
        using var limit = new CancellationTokenSource(Processes.TimeoutScale.Scale(Limit));
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return $"it did not end within {Limit.TotalMinutes:0} minutes";
        }
        return process.ExitCode == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"it ended with {process.ExitCode}");
    }
}
