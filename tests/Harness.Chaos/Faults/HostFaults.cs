namespace Harness.Chaos.Faults;

/// <summary>What happens on a lab host itself.</summary>
internal static class HostFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "host-rebooted",
            "the host's kernel is restarted (sysrq b)",
            "exit 3, the rest is infrastructure; the next run is as usual",
            RebootedAsync
        )
        {
            Share = 4,
        },
        new(
            "host-oom",
            "the host's kernel looks for a process to kill, as when memory is used up (sysrq f)",
            "the case is executed again, or the ssh server is killed and the host lost; never the kernel's; the next run removes what is left",
            OutOfMemoryAsync
        )
        {
            Share = 4,
        },
        new(
            "host-clock-jump",
            "the host's clock jumps by up to two days, both ways, several times",
            "every verdict as usual, exit 0",
            ClockAsync
        )
        {
            Share = 3,
        },
        new(
            "host-disk-full",
            "no space where the probe would be stored",
            "exit 2 or 3 with the path and the reason",
            DiskFullAsync
        ),
        new(
            "host-disk-full-in-run",
            "the host's temporary file systems are filled in the middle of the run",
            "every verdict as usual, or the platform's fault",
            DiskFilledAsync
        ),
        new(
            "host-kvm-gone",
            "/dev/kvm disappears in the middle of the run, and a worker dies",
            "what can't be set up is probe-error or infrastructure",
            KvmGoneAsync
        )
        {
            Share = 3,
        },
        new("host-no-kvm", "/dev/kvm is not there", "every case is skip with the reason, exit 3", NoKvmAsync),
        new(
            "host-no-entropy",
            "/dev/random and /dev/urandom are not there",
            "every verdict as usual, a failed login, or a silent probe: it is killed, and what it made goes with the next run",
            NoEntropyAsync
        ),
    ];

    private static async Task RebootedAsync(Trial trial)
    {
        await trial
            .DisturbAsync(
                _ => trial.Lab.Guest.EndAsync("echo b > /proc/sysrq-trigger"),
                Expected.HostLost,
                undo: trial.Lab.ReplaceHostAsync
            )
            .ConfigureAwait(false);
        if (trial.Chance.Next(2) == 0)
            await trial.NextRunAsync().ConfigureAwait(false);
    }

    private static async Task OutOfMemoryAsync(Trial trial)
    {
        const string look = "echo f > /proc/sysrq-trigger";
        await RepeatedAsync(trial, look, Expected.SomeCasesLost with { LeavesFiles = true }, 4).ConfigureAwait(false);
        await trial.NextRunAsync().ConfigureAwait(false);
    }

    /// <summary>A command on the host, several times in one run.</summary>
    private static async Task RepeatedAsync(Trial trial, string command, Expected expected, int most)
    {
        using var run = trial.Start();
        bool met = await trial.RunningAsync(run).ConfigureAwait(false);
        var before = trial.Stored();
        int faults = 0;
        for (int left = trial.Chance.Next(1, most + 1); met && left > 0 && !run.Ended.IsCompleted; left--)
        {
            await trial.Lab.Guest.RunAsync(command).ConfigureAwait(false);
            faults++;
            await Trial.PassedAsync(run, trial.Chance.NextDouble() * 0.4).ConfigureAwait(false);
        }
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.CheckAsync(end, expected, Lab.Host, before).ConfigureAwait(false);
        trial.Count(faults);
    }

    private static async Task ClockAsync(Trial trial)
    {
        int by = trial.Chance.Next(-172_800, 172_800);
        await RepeatedAsync(trial, $"date -u -s @$(($(date +%s) + {by})) > /dev/null", Expected.Unharmed, 8)
            .ConfigureAwait(false);
        await trial
            .Lab.Guest.RunAsync($"date -u -s @{DateTimeOffset.UtcNow.ToUnixTimeSeconds()} > /dev/null")
            .ConfigureAwait(false);
    }

    private static async Task DiskFullAsync(Trial trial)
    {
        // /var/tmp may be /tmp; the keys of the login are in /root.
        const string each = "cd /; for f in /tmp /var/tmp /root; do [ -L $f ] || [ ! -d $f ] ||";
        await trial
            .Lab.Guest.RunAsync(
                $"""
                cp -a /root/.ssh /run/was-ssh
                {each} mount -t tmpfs -o size=1m,mode=700 tmpfs $f; done; cp -a /run/was-ssh /root/.ssh
                {each} head -c 900k /dev/zero > $f/full; done
                """
            )
            .ConfigureAwait(false);
        using var run = trial.Start();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.Lab.Guest.RunAsync($"{each} umount -l $f; done; rm -r /run/was-ssh").ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, Expected.HostLost.With("space"), Lab.Host).ConfigureAwait(false);
    }

    private static Task DiskFilledAsync(Trial trial) =>
        trial.DisturbAsync(
            _ =>
                trial.Lab.Guest.RunAsync(
                    "for f in /tmp /dev/shm /run; do mount -o remount,size=$(du -sk $f | cut -f 1)k $f; done"
                ),
            Expected.SomeCasesLost,
            undo: () => trial.Lab.Guest.RunAsync("for f in /tmp /dev/shm /run; do mount -o remount,size=50% $f; done")
        );

    private static Task KvmGoneAsync(Trial trial) =>
        trial.DisturbAsync(
            async _ =>
            {
                await trial.Lab.Guest.RunAsync("mv /dev/kvm /dev/was-kvm").ConfigureAwait(false);
                await ProbeFaults.SignalWorkerAsync(trial, "KILL").ConfigureAwait(false);
            },
            Expected.SomeCasesLost,
            undo: () => trial.Lab.Guest.RunAsync("mv /dev/was-kvm /dev/kvm")
        );

    private static async Task NoKvmAsync(Trial trial)
    {
        await trial.Lab.Guest.RunAsync("mv /dev/kvm /dev/was-kvm").ConfigureAwait(false);
        using var run = trial.Start();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.Lab.Guest.RunAsync("mv /dev/was-kvm /dev/kvm").ConfigureAwait(false);
        trial.Count();
        await trial
            .CheckAsync(end, new Expected([2, 3], Store.Verdicts.Skip) { Words = "/dev/kvm" }, Lab.Host)
            .ConfigureAwait(false);
    }

    private static async Task NoEntropyAsync(Trial trial)
    {
        const string hide = "for f in random urandom; do mv /dev/$f /dev/was-$f; done";
        const string show = "for f in random urandom; do mv /dev/was-$f /dev/$f; done";
        await trial.Lab.Guest.RunAsync(hide).ConfigureAwait(false);
        using var run = trial.Start();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.Lab.Guest.RunAsync(show).ConfigureAwait(false);
        trial.Count();
        await trial
            .CheckAsync(end, Expected.HostLost.Or(0) with { LeavesFiles = true }, Lab.Host)
            .ConfigureAwait(false);
        await trial.NextRunAsync().ConfigureAwait(false);
    }
}
