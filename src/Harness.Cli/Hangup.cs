using System.Runtime.InteropServices;

namespace Harness.Cli;

/// <summary>
/// SIGHUP, which arrives when a terminal is closed or an ssh session breaks, interrupts as Ctrl+C does. It stays
/// ignored where it was ignored at the start (nohup).
/// </summary>
internal sealed class Hangup : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly PosixSignalRegistration? _registration;

    /// <param name="limit">The time for the work to end by itself; then the process ends anyway.</param>
    public Hangup(TimeSpan limit)
    {
        if (IsIgnored())
            return;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _cancel.Cancel();
            Task.Delay(limit).ContinueWith(_ => Environment.Exit(ExitCodes.Interrupted), TaskScheduler.Default);
        });
    }

    public CancellationToken Token => _cancel.Token;

    public void Dispose()
    {
        _registration?.Dispose();
        _cancel.Dispose();
    }

    /// <summary>SigIgn of /proc/self/status: a mask, in which bit 0 is signal 1, SIGHUP.</summary>
    private static bool IsIgnored()
    {
        const string Field = "SigIgn:";
        try
        {
            string status = File.ReadAllText("/proc/self/status");
            // 16 digits after a tab; the last one has the signals 1 to 4.
            int last = status.IndexOf(Field, StringComparison.Ordinal) + Field.Length + 16;
            return status.Length > last && "13579bdf".Contains(status[last], StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
