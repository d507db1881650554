using System.Globalization;

namespace Harness.Chaos.Faults;

/// <summary>The harness itself, and the machine that it runs on.</summary>
internal static class HarnessFaults
{
    private static readonly int[] s_polite = [ProcessTree.Interrupt, ProcessTree.Terminate, ProcessTree.Hangup];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "harness-killed",
            "SIGKILL of a harness that uses a lab host, at any moment from its start on",
            "nothing that it started survives; run --resume does the rest",
            t => KilledAsync(t, Lab.Host)
        )
        {
            Share = 8,
        },
        new(
            "harness-killed-booted",
            "the same of a harness that boots its host",
            "the same; the next harness removes its files",
            t => KilledAsync(t, Lab.Booted)
        )
        {
            Share = 4,
        },
        new(
            "harness-interrupted",
            "SIGINT, SIGTERM or SIGHUP at any moment",
            "exit 130, nothing is left; run --resume does the rest",
            InterruptedAsync
        )
        {
            Share = 6,
        },
        new(
            "output-closed",
            "whoever reads the harness's output goes away",
            "the run is stored to its end",
            OutputClosedAsync
        ),
        new(
            "two-controllers",
            "a second harness wants the same host, with --wait and without",
            "without: exit 3 with the holder's name, nothing is stored; with: both runs are as usual",
            TwoAsync
        )
        {
            Share = 3,
        },
        new(
            "resumed-while-running",
            "run --resume of a run that is still executed",
            "exit 2, and the run is not affected",
            ResumedAsync
        ),
        new(
            "clock-jump",
            "the controller's clock jumps by up to two days, both ways, several times (by a preloaded clock_gettime)",
            "every verdict as usual, exit 0",
            ClockAsync
        )
        {
            Share = 3,
            Needs = "cc",
        },
    ];

    private static async Task KilledAsync(Trial trial, string target)
    {
        using (var run = trial.Start(target))
        {
            bool met = await AnyTimeAsync(trial, run).ConfigureAwait(false);
            var before = trial.Stored();
            run.Signal(ProcessTree.Killed);
            var end = await trial.EndAsync(run).ConfigureAwait(false);
            if (!met)
                return;
            trial.Count();
            await trial
                .CheckAsync(end, Expected.Stopped with { LeavesFiles = true }, target, before)
                .ConfigureAwait(false);
        }
        await trial.ResumeAsync(target).ConfigureAwait(false);
        // A run that was not stored can't be resumed: its files go with the next one.
        if (trial.Stored() is null)
            await trial.NextRunAsync(target).ConfigureAwait(false);
    }

    private static async Task InterruptedAsync(Trial trial)
    {
        using (var run = trial.Start())
        {
            bool met = await AnyTimeAsync(trial, run).ConfigureAwait(false);
            var before = trial.Stored();
            run.Signal(s_polite[trial.Chance.Next(s_polite.Length)]);
            var end = await trial.EndAsync(run).ConfigureAwait(false);
            if (!met)
                return;
            trial.Count();
            // A signal before the runtime handles it ends the process as the kernel does.
            var expected = Expected.Stopped.Or([.. s_polite.Select(s => 128 + s)]);
            await trial.CheckAsync(end, expected, Lab.Host, before).ConfigureAwait(false);
        }
        await trial.ResumeAsync().ConfigureAwait(false);
    }

    /// <summary>In the middle of the cases, or at any time from the start on.</summary>
    private static Task<bool> AnyTimeAsync(Trial trial, HarnessProcess run) =>
        trial.Chance.Next(2) == 0 ? trial.RunningAsync(run) : Trial.PassedAsync(run, trial.Chance.NextDouble() * 5);

    private static async Task OutputClosedAsync(Trial trial)
    {
        using var run = trial.Start();
        await trial.RunningAsync(run).ConfigureAwait(false);
        run.CloseOutput();
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        var rows = trial.Stored()?.Rows ?? [];
        var usual = await trial.Lab.UsualAsync(Lab.Host).ConfigureAwait(false);
        trial.Require(
            rows.Count == usual.Count && rows.All(r => r.Verdict == usual[r.CaseId].Verdict),
            $"exit code {end.Code}; not every case is judged: {string.Join(", ", rows.CountBy(r => r.Verdict))}"
        );
        await trial.TidyAsync().ConfigureAwait(false);
    }

    private static async Task TwoAsync(Trial trial)
    {
        bool waits = trial.Chance.Next(2) == 0;
        using var first = trial.Start();
        bool met = await trial.RunningAsync(first).ConfigureAwait(false);
        using var place = new Workplace();
        using var second = trial.Lab.Start(place, Lab.Host, null, [], waits ? ["--wait", "2m"] : []);
        var end = await trial.EndAsync(second).ConfigureAwait(false);
        var usual = await trial.EndAsync(first).ConfigureAwait(false);
        await trial.CheckAsync(usual, Expected.Unharmed, Lab.Host).ConfigureAwait(false);
        if (!met)
            return;
        trial.Count();
        if (end.Code == 0)
        {
            // The first one may have ended while the second started.
            trial.Require(
                StoredRun.Read(place.Database)?.Rows.All(r => r.Verdict == Store.Verdicts.Match) == true,
                "the second run is not as usual"
            );
            return;
        }
        trial.Require(!waits && end.Code == 3, $"the second harness: exit code {end.Code}: {end.LastLine}");
        trial.Require(end.Error.Contains("in use by", StringComparison.Ordinal), $"no holder: {end.LastLine}");
        trial.Require(StoredRun.Read(place.Database) is null, "the second harness stored a run");
        trial.Require(!Directory.EnumerateFileSystemEntries(place.Temporary).Any(), "the second harness left files");
    }

    private static async Task ResumedAsync(Trial trial)
    {
        using var run = trial.Start();
        if (!await trial.RunningAsync(run).ConfigureAwait(false))
            return;
        var before = trial.Stored()!;
        using var again = trial.StartCommand("run", "--resume", before.Run.Run.Id, "--db", trial.Place.Database);
        var refused = await trial.EndAsync(again).ConfigureAwait(false);
        trial.Require(refused.Code == 2, $"run --resume: exit code {refused.Code}: {refused.LastLine}");
        trial.Count();
        await trial
            .CheckAsync(await trial.EndAsync(run).ConfigureAwait(false), Expected.Unharmed, Lab.Host, before)
            .ConfigureAwait(false);
    }

    private static async Task ClockAsync(Trial trial)
    {
        string clock = trial.Place.PathOf("clock");
        await File.WriteAllBytesAsync(clock, new byte[8]).ConfigureAwait(false);
        trial.Environment["LD_PRELOAD"] = await Shim.BuildAsync(trial.Place).ConfigureAwait(false);
        trial.Environment["CHAOS_CLOCK"] = clock;
        using var run = trial.Start();
        int jumps = 0;
        for (int left = trial.Chance.Next(1, 11); left > 0 && !run.Ended.IsCompleted; left--)
        {
            await Trial.PassedAsync(run, trial.Chance.NextDouble()).ConfigureAwait(false);
            // In place: the harness has the file mapped.
            await using var file = new FileStream(clock, FileMode.Open, FileAccess.Write);
            file.Write(BitConverter.GetBytes((long)trial.Chance.Next(-172_800, 172_800)));
            jumps++;
        }
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count(jumps);
        await trial.CheckAsync(end, Expected.Unharmed, Lab.Host).ConfigureAwait(false);
        using var store = trial.StartCommand("show", "last", "--db", trial.Place.Database);
        var shown = await trial.EndAsync(store).ConfigureAwait(false);
        trial.Require(
            shown.Code == 0,
            string.Create(CultureInfo.InvariantCulture, $"show: {shown.Code}: {shown.LastLine}")
        );
    }
}
