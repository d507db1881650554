namespace Harness.Chaos.Faults;

/// <summary>Between the harness and a lab host: by a proxy of our own, since tc(8) would slow the machine.</summary>
internal static class NetworkFaults
{
    /// <summary>A fifth of the usual time until a silent host counts as lost.</summary>
    private const string Hasty = "0.2";

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "ssh-cut",
            "every connection to the host is reset, between login and the last case",
            "exit 3, the rest is infrastructure; or exit 2 before anything is stored",
            CutAsync
        )
        {
            Share = 10,
        },
        new(
            "ssh-cut-upload",
            "the same while the probe is sent to a host that doesn't have it",
            "as ssh-cut; the next run sends it again",
            CutUploadAsync
        )
        {
            Share = 3,
        },
        new(
            "ssh-frozen",
            "nothing passes any more, not even the end of the connection",
            "the host counts as lost after 15 s (here 3): exit 3, the rest is infrastructure; the next run gets the lock",
            FrozenAsync
        ),
        new(
            "ssh-stalled",
            "nothing passes for up to 2 s, several times",
            "every verdict as usual, exit 0",
            StalledAsync
        )
        {
            Share = 3,
        },
        new("ssh-slow", "each packet is up to 60 ms late", "every verdict as usual, exit 0", SlowAsync),
        new("ssh-garbled", "a bit of the stream from the host is flipped", "ssh notices it; as ssh-cut", t =>
            CutOnceAsync(t, lab => lab.Network.Garble())
        )
        {
            Share = 6,
        },
    ];

    private static async Task CutAsync(Trial trial)
    {
        await CutOnceAsync(trial, lab => lab.Network.Cut()).ConfigureAwait(false);
        if (trial.Chance.Next(3) == 0)
            await trial.NextRunAsync().ConfigureAwait(false);
    }

    private static Task CutOnceAsync(Trial trial, Action<Lab> cut) =>
        trial.DisturbAsync(
            _ =>
            {
                cut(trial.Lab);
                return Task.CompletedTask;
            },
            Expected.HostLost,
            moment: trial.Chance.Next(4) == 0 ? trial.ConnectedAsync : trial.RunningAsync
        );

    private static async Task CutUploadAsync(Trial trial)
    {
        await trial.Lab.Guest.RunAsync("rm -rf /tmp/stage2-probe-*").ConfigureAwait(false);
        await trial
            .DisturbAsync(
                _ =>
                {
                    trial.Lab.Network.Cut();
                    return Task.CompletedTask;
                },
                Expected.HostLost,
                moment: UploadingAsync
            )
            .ConfigureAwait(false);
        await trial.NextRunAsync().ConfigureAwait(false);

        async Task<bool> UploadingAsync(HarnessProcess run)
        {
            while (!run.Ended.IsCompleted)
            {
                string parts = await trial
                    .Lab.Guest.RunAsync("ls /tmp/stage2-probe-*/*.part-* 2> /dev/null; true")
                    .ConfigureAwait(false);
                if (parts.Length > 0)
                    return true;
            }
            return false;
        }
    }

    private static async Task FrozenAsync(Trial trial)
    {
        trial.Environment["HARNESS_SLOWDOWN"] = Hasty;
        using var run = trial.Start();
        if (!await trial.RunningAsync(run).ConfigureAwait(false))
            return;
        var before = trial.Stored();
        trial.Lab.Network.Freeze();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        if (end.Code != 0)
            trial.Count();
        // The host has not noticed anything yet: its lock ends by itself.
        if (trial.Chance.Next(2) == 0)
        {
            using var next = trial.Start(Lab.Host, "--wait", "2m");
            var second = await trial.EndAsync(next).ConfigureAwait(false);
            trial.Require(second.Code == 0, $"the next run: exit code {second.Code}: {second.LastLine}");
            trial.Lab.Network.Cut();
            await trial.TidyAsync().ConfigureAwait(false);
            return;
        }
        trial.Lab.Network.Cut();
        await trial.CheckAsync(end, Expected.HostLost, Lab.Host, before).ConfigureAwait(false);
    }

    private static async Task StalledAsync(Trial trial)
    {
        using var run = trial.Start();
        int stalls = 0;
        var before = await trial.RunningAsync(run).ConfigureAwait(false) ? trial.Stored() : null;
        for (int left = trial.Chance.Next(1, 7); left > 0 && !run.Ended.IsCompleted; left--)
        {
            trial.Lab.Network.Freeze();
            await Task.Delay(trial.Chance.Next(100, 2000)).ConfigureAwait(false);
            trial.Lab.Network.Thaw();
            stalls++;
            await Trial.PassedAsync(run, trial.Chance.NextDouble() / 2).ConfigureAwait(false);
        }
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        await trial.CheckAsync(end, Expected.Unharmed, Lab.Host, before).ConfigureAwait(false);
        trial.Count(stalls);
    }

    private static async Task SlowAsync(Trial trial)
    {
        trial.Lab.Network.Delay = TimeSpan.FromMilliseconds(trial.Chance.Next(5, 60));
        try
        {
            using var run = trial.Start();
            var end = await trial.EndAsync(run).ConfigureAwait(false);
            trial.Count();
            await trial.CheckAsync(end, Expected.Unharmed, Lab.Host).ConfigureAwait(false);
        }
        finally
        {
            trial.Lab.Network.Delay = TimeSpan.Zero;
        }
    }
}
