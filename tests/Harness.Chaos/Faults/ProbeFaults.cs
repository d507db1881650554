namespace Harness.Chaos.Faults;

/// <summary>The probe's processes on the host.</summary>
internal static class ProbeFaults
{
    /// <summary>How often a harness starts a probe on a host at most.</summary>
    private const int Starts = 4;

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "probe-killed",
            "SIGKILL of the probe, up to three times",
            "it is started again: every verdict as usual, exit 0",
            KilledAsync
        )
        {
            Share = 4,
        },
        new(
            "probe-killed-always",
            "SIGKILL of the probe as soon as it runs, four times",
            "after three starts more: exit 3, the rest is infrastructure",
            KilledAlwaysAsync
        ),
        new(
            "worker-killed",
            "SIGKILL of workers of the probe, up to 25 in a run",
            "the cases are executed again: unstable, never the kernel's",
            WorkersKilledAsync
        )
        {
            Share = 4,
        },
        new(
            "worker-stopped",
            "SIGSTOP of a worker",
            "killed at the case's deadline, and the case executed again: unstable",
            t => t.DisturbAsync(_ => SignalWorkerAsync(t, "STOP"), Expected.SomeCasesLost)
        ),
        new(
            "probe-stopped",
            "SIGSTOP of the probe",
            "killed when the case's deadline has passed, and started again: as usual, or the case is unstable",
            t => t.DisturbAsync(_ => SignalProbeAsync(t, "STOP"), Expected.SomeCasesLost)
        ),
        new(
            "worker-d-state",
            "a worker that even SIGKILL does not end: frozen by the cgroup freezer (version 1), as in state D",
            "the probe goes on without it: exit 0 or 3, the case is unstable; what it holds is removed by the next harness",
            FrozenAsync
        )
        {
            Share = 1,
        },
    ];

    private static async Task KilledAsync(Trial trial)
    {
        using var run = trial.Start();
        bool met = await trial.RunningAsync(run).ConfigureAwait(false);
        var before = trial.Stored();
        int kills = 0;
        for (int left = trial.Chance.Next(1, 4); met && left > 0 && !run.Ended.IsCompleted; left--)
        {
            if (await SignalProbeAsync(trial, "KILL").ConfigureAwait(false))
                kills++;
            int judged = trial.Stored()?.Judged.Count() ?? 0;
            // At a later case: a probe that dies at once each time is another fault.
            await trial.VerdictsAsync(run, judged + trial.Chance.Next(1, 6)).ConfigureAwait(false);
        }
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.CheckAsync(end, Expected.Unharmed, Lab.Host, before).ConfigureAwait(false);
        trial.Count(kills);
    }

    private static Task KilledAlwaysAsync(Trial trial) =>
        trial.DisturbAsync(
            async run =>
            {
                for (int kills = 0; kills < Starts && !run.Ended.IsCompleted; )
                    if (await SignalProbeAsync(trial, "KILL").ConfigureAwait(false))
                        kills++;
            },
            Expected.HostLost
        );

    /// <returns>False if there is no probe.</returns>
    private static async Task<bool> SignalProbeAsync(Trial trial, string signal)
    {
        var probes = (await trial.Lab.Guest.ProbesAsync().ConfigureAwait(false)).Supervisors;
        await trial.Lab.Guest.SignalAsync(signal, probes).ConfigureAwait(false);
        return probes.Count > 0;
    }

    /// <returns>False if there is no worker.</returns>
    public static async Task<bool> SignalWorkerAsync(Trial trial, string signal)
    {
        var workers = (await trial.Lab.Guest.ProbesAsync().ConfigureAwait(false)).Workers;
        if (workers.Count == 0)
            return false;
        await trial.Lab.Guest.SignalAsync(signal, [workers[trial.Chance.Next(workers.Count)]]).ConfigureAwait(false);
        return true;
    }

    private static async Task WorkersKilledAsync(Trial trial)
    {
        using var run = trial.Start();
        bool met = await trial.RunningAsync(run).ConfigureAwait(false);
        var before = trial.Stored();
        int kills = 0;
        for (int left = trial.Chance.Next(1, 26); met && left > 0 && !run.Ended.IsCompleted; left--)
        {
            if (await SignalWorkerAsync(trial, "KILL").ConfigureAwait(false))
                kills++;
            await Trial.PassedAsync(run, trial.Chance.NextDouble() * 0.2).ConfigureAwait(false);
        }
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.CheckAsync(end, Expected.SomeCasesLost, Lab.Host, before).ConfigureAwait(false);
        trial.Count(kills);
    }

    private static async Task FrozenAsync(Trial trial)
    {
        await trial
            .DisturbAsync(
                async _ =>
                {
                    var workers = (await trial.Lab.Guest.ProbesAsync().ConfigureAwait(false)).Workers;
                    await trial
                        .Lab.Guest.RunAsync(
                            $"""
                            mkdir -p /run/freezer && mount -t cgroup -o freezer freezer /run/freezer && mkdir /run/freezer/stuck &&
                            echo FROZEN > /run/freezer/stuck/freezer.state && echo {workers[
                                0
                            ]} > /run/freezer/stuck/tasks
                            """
                        )
                        .ConfigureAwait(false);
                },
                Expected.SomeCasesLost with
                {
                    LeavesFiles = true,
                },
                undo: () =>
                    trial.Lab.Guest.RunAsync(
                        """
                        echo THAWED > /run/freezer/stuck/freezer.state
                        for i in 1 2 3 4 5 6 7 8 9; do rmdir /run/freezer/stuck 2> /dev/null && break; sleep 1; done; umount /run/freezer
                        """
                    )
            )
            .ConfigureAwait(false);
        await trial.NextRunAsync().ConfigureAwait(false);
    }
}
