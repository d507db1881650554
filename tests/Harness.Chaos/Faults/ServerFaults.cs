namespace Harness.Chaos.Faults;

/// <summary>The ssh server of a lab host: a real OpenSSH server in front of it.</summary>
internal static class ServerFaults
{
    private const string Sshd = "sshd";

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "host-key-changed",
            "the connection breaks in the middle of the run, and another host key answers from then on",
            "exit 3, the rest is infrastructure; the next run: exit 2, both fingerprints, nothing stored",
            HostKeyChangedAsync
        )
        {
            Needs = Sshd,
        },
        new(
            "sshd-session-limit",
            "MaxSessions of 1 to 4",
            "exit 2 or 3 with the setting's name, or every verdict as usual",
            SessionLimitAsync
        )
        {
            Share = 4,
            Needs = Sshd,
        },
        new("sshd-killed", "SIGKILL of the server's process of this login", "exit 3, the rest is infrastructure", t =>
            SignalledAsync(t, ProcessTree.Killed)
        )
        {
            Share = 4,
            Needs = Sshd,
        },
        new(
            "sshd-stopped",
            "SIGSTOP of it",
            "the host counts as lost after 15 s (here 3): exit 3, the rest is infrastructure",
            t => SignalledAsync(t, ProcessTree.Stop)
        )
        {
            Needs = Sshd,
        },
    ];

    private static async Task HostKeyChangedAsync(Trial trial)
    {
        trial.Front = await FrontServer.StartAsync(trial.Lab, trial.Place).ConfigureAwait(false);
        await trial
            .DisturbAsync(
                _ =>
                {
                    trial.Lab.Network.To = trial.Front.Port;
                    trial.Lab.Network.Cut();
                    return Task.CompletedTask;
                },
                Expected.HostLost
            )
            .ConfigureAwait(false);
        using (var again = trial.Start())
        {
            var end = await trial.EndAsync(again).ConfigureAwait(false);
            trial.Require(end.Code == 2, $"another host key: exit code {end.Code}: {end.LastLine}");
            trial.Require(end.Error.Contains("host key", StringComparison.Ordinal), $"no word of it: {end.LastLine}");
        }
        trial.Lab.Network.To = trial.Lab.Guest.SshPort;
        await trial.NextRunAsync().ConfigureAwait(false);
    }

    private static async Task SessionLimitAsync(Trial trial)
    {
        int limit = trial.Chance.Next(1, 5);
        trial.Front = await FrontServer
            .StartAsync(trial.Lab, trial.Place, $"MaxSessions {limit}")
            .ConfigureAwait(false);
        using var run = trial.Start(Lab.Front);
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, Expected.HostLost.With("MaxSessions").Or(0), Lab.Front).ConfigureAwait(false);
    }

    private static async Task SignalledAsync(Trial trial, int signal)
    {
        if (signal == ProcessTree.Stop)
            trial.Environment["HARNESS_SLOWDOWN"] = "0.2";
        trial.Front = await FrontServer.StartAsync(trial.Lab, trial.Place).ConfigureAwait(false);
        await trial
            .DisturbAsync(
                _ =>
                {
                    trial.Front.SignalSessions(signal);
                    return Task.CompletedTask;
                },
                Expected.HostLost,
                Lab.Front,
                undo: () =>
                {
                    trial.Front.SignalSessions(ProcessTree.Killed);
                    return Task.CompletedTask;
                }
            )
            .ConfigureAwait(false);
    }
}
