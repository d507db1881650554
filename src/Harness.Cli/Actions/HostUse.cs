using Harness.Targets;

namespace Harness.Cli.Actions;

/// <summary>How a command uses hosts: shared lab hosts, and those that it boots.</summary>
/// <param name="Purpose">The command line, as shown to others.</param>
/// <param name="Wait">How long to wait for one that another user has.</param>
/// <param name="Print">Prints progress before there is a run.</param>
internal sealed record HostUse(string Purpose, TimeSpan Wait, Action<string> Print)
{
    /// <summary>Reports that another user has a host; a connection alone is not reported.</summary>
    public Action<TargetProgress> ReportUse(string target) =>
        progress =>
        {
            if (progress.Step == TargetStep.InUse)
                Print($"{target}: {progress.Text}");
        };

    /// <summary>QEMU hosts boot, also where a snapshot of them is kept, and none is made.</summary>
    public bool Cold { get; init; }

    /// <summary>How many cases run side by side on a host; null: as many as it has processors, up to four.</summary>
    public int? Workers { get; init; }

    public static HostUse For(string commandLine, HarnessConsole console, TimeSpan wait = default) =>
        new(commandLine, wait, console.Complain);

    public static HostUse For(string commandLine, HarnessConsole console, TimeSpan wait, RunOptions how) =>
        For(commandLine, console, wait) with
        {
            Cold = how.Cold,
            Workers = how.Workers,
        };
}
