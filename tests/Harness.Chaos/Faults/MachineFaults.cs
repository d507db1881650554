using Harness.Processes;
using Harness.Store;

namespace Harness.Chaos.Faults;

/// <summary>Machines that the harness boots itself.</summary>
internal static class MachineFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "qemu-killed",
            "SIGKILL of QEMU at any moment, as when memory is short",
            "exit 3, the rest is infrastructure, and the reason names the signal; while the host is restored, it is booted instead",
            // While it is restored, the host is booted instead.
            t => StruckAsync(t, ProcessTree.Killed, Expected.HostLost.Or(0))
        )
        {
            Share = 5,
        },
        new(
            "qemu-stopped",
            "SIGSTOP of QEMU",
            "the host counts as lost after 15 s (here 3): exit 3, the rest is infrastructure, QEMU is ended",
            StoppedAsync
        ),
        new(
            "kernel-panic",
            "the guest's kernel panics: its last words are written to its console, and the machine ends "
                + "(a panic that somebody asked for is not the kernel's: see below)",
            "exit 1: the cases that ran are crash, culprit kernel, with the panic's title and its console; "
                + "the rest is infrastructure with the title",
            t =>
                PanicAsync(
                    t,
                    "echo '[  999.000001] Kernel panic - not syncing: Fatal exception' > /dev/console; echo o > /proc/sysrq-trigger",
                    "Fatal exception",
                    isKernels: true
                )
        )
        {
            Share = 3,
        },
        new(
            "kernel-panic-requested",
            "the guest's kernel panics since somebody asked for it (sysrq c)",
            "exit 3: the rest is infrastructure with the panic's title",
            t =>
                PanicAsync(
                    t,
                    "echo c > /proc/sysrq-trigger",
                    "its kernel crashed: kernel panic: sysrq triggered crash",
                    isKernels: false
                )
        )
        {
            Share = 3,
        },
    ];

    private static Task StruckAsync(Trial trial, int signal, Expected expected) =>
        trial.DisturbAsync(
            run =>
            {
                if (ProcessTree.QemuOf(run.Pid) is { } qemu)
                    _ = ProcessTree.Kill(qemu, signal);
                return Task.CompletedTask;
            },
            expected,
            Lab.Booted,
            trial.Chance.Next(3) == 0 ? run => StartedAsync(trial, run) : trial.RunningAsync
        );

    private static async Task StoppedAsync(Trial trial)
    {
        trial.Environment["HARNESS_SLOWDOWN"] = "0.2";
        await trial
            .DisturbAsync(
                run =>
                {
                    if (ProcessTree.QemuOf(run.Pid) is { } qemu)
                        _ = ProcessTree.Kill(qemu, ProcessTree.Stop);
                    return Task.CompletedTask;
                },
                Expected.HostLost,
                Lab.Booted
            )
            .ConfigureAwait(false);
    }

    /// <summary>Waits until there is a QEMU, and then a part of the time that it takes to come up.</summary>
    private static async Task<bool> StartedAsync(Trial trial, HarnessProcess run)
    {
        while (ProcessTree.QemuOf(run.Pid) is null && !run.Ended.IsCompleted)
            await Task.Delay(10).ConfigureAwait(false);
        return await Trial.PassedAsync(run, trial.Chance.NextDouble() * 2).ConfigureAwait(false);
    }

    private static async Task PanicAsync(Trial trial, string command, string title, bool isKernels)
    {
        var expected = isKernels
            ? new Expected([1], Verdicts.Crash, Verdicts.Infrastructure) { IsKernels = true }
            : Expected.HostLost;
        await trial
            .DisturbAsync(
                run =>
                    ProcessTree.QemuOf(run.Pid) is { } qemu ? CommandAsync(trial, qemu, command) : Task.CompletedTask,
                expected.With(title),
                Lab.Booted
            )
            .ConfigureAwait(false);
        if (trial.Injected == 0)
            return;
        var rows = trial.Stored()!.Rows;
        var crashed = rows.Where(r => r.Verdict == Verdicts.Crash).ToList();
        trial.Require(crashed.Count > 0 == isKernels, $"{crashed.Count} cases are crash");
        foreach (var row in crashed)
        {
            trial.Require(row.Culprit == Culprits.Kernel, $"a panic is not the kernel's: {row.Culprit}");
            trial.Require(
                trial.Observations(row).Any(o => o.Contains(title, StringComparison.Ordinal)),
                "the console is not kept"
            );
        }
        foreach (var row in rows.Where(r => r.Verdict is Verdicts.Crash or Verdicts.Infrastructure))
            trial.Require(row.Reason!.Contains(title, StringComparison.Ordinal), $"no title: {row.Reason}");
    }

    private static async Task CommandAsync(Trial trial, int qemu, string command) =>
        await new ProcessRunner()
            .RunAsync(
                new ProcessSpec(
                    "ssh",
                    "-F",
                    "none",
                    "-i",
                    trial.Lab.Keys.LoginKeyPath,
                    "-o",
                    "StrictHostKeyChecking=no",
                    "-o",
                    "UserKnownHostsFile=/dev/null",
                    "-o",
                    "ServerAliveInterval=1",
                    "-p",
                    $"{ListeningPorts.Of(qemu)[0]}",
                    "root@127.0.0.1",
                    command
                )
                {
                    Deadline = TimeSpan.FromSeconds(60),
                }
            )
            .ConfigureAwait(false);
}
