using System.Text.RegularExpressions;
using Harness.Store;

namespace Harness.Chaos;

/// <summary>One injection of a fault: starts harnesses, disturbs them, and collects what came out wrong.</summary>
/// <param name="lab">The host.</param>
/// <param name="place">Where harnesses may write.</param>
/// <param name="chance">Draws moments and sizes.</param>
internal sealed partial class Trial(Lab lab, Workplace place, Random chance)
{
    /// <summary>No run here takes longer, whatever happens to it.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    private readonly List<string> _wrong = [];
    private readonly List<string> _leftovers = [];
    private readonly SortedDictionary<string, int> _blame = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lost = [];

    public Lab Lab => lab;

    public Workplace Place => place;

    public Random Chance => chance;

    /// <summary>The server that runs on <see cref="Chaos.Lab.Front"/> go through.</summary>
    public FrontServer? Front { get; set; }

    /// <summary>Changes to the environment of harnesses.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>How many faults were injected; 0 if the run was over before.</summary>
    public int Injected { get; private set; }

    /// <summary>How many verdicts there were to lose.</summary>
    public int AtStake { get; private set; }

    /// <summary>Cases with a verdict that disappeared, or without one after the run was resumed.</summary>
    public IReadOnlyCollection<string> Lost => _lost;

    /// <summary>The culprits of cases without their usual verdict.</summary>
    public IReadOnlyDictionary<string, int> Blame => _blame;

    public IReadOnlyList<string> LeftBehind => _leftovers;

    /// <summary>Everything that is not as it must be, a line each.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>Starts a run of the cases.</summary>
    public HarnessProcess Start(string target = Lab.Host, params string[] more) =>
        lab.Start(place, target, Front, Environment, more);

    /// <summary>Starts any other command.</summary>
    public HarnessProcess StartCommand(params string[] arguments) =>
        HarnessProcess.Start(lab.Program, place, arguments, Environment);

    public void Count(int faults = 1) => Injected += faults;

    public void Complain(string what) => _wrong.Add(what);

    public void Require(bool holds, string otherwise)
    {
        if (!holds)
            Complain(otherwise);
    }

    /// <summary>Waits until a run has a number of verdicts, drawn from its middle.</summary>
    /// <returns>False if it ended before.</returns>
    public Task<bool> RunningAsync(HarnessProcess run) => VerdictsAsync(run, chance.Next(1, 36));

    /// <summary>Waits until a run has at least so many verdicts.</summary>
    /// <returns>False if it ended before.</returns>
    public async Task<bool> VerdictsAsync(HarnessProcess run, int verdicts)
    {
        while (!run.Ended.IsCompleted)
        {
            if (Stored() is { } stored && stored.Judged.Count() >= verdicts)
                return true;
            await Task.WhenAny(run.Ended, Task.Delay(20)).ConfigureAwait(false);
        }
        return false;
    }

    /// <summary>Waits for a connection to the host, and then a part of the time that a run takes.</summary>
    /// <returns>False if it ended before.</returns>
    public async Task<bool> ConnectedAsync(HarnessProcess run)
    {
        while (lab.Network.Open == 0 && !run.Ended.IsCompleted)
            await Task.WhenAny(run.Ended, Task.Delay(5)).ConfigureAwait(false);
        return await PassedAsync(run, chance.NextDouble() * 2.5).ConfigureAwait(false);
    }

    /// <summary>Waits a while.</summary>
    /// <returns>False if the run ended before.</returns>
    public static async Task<bool> PassedAsync(HarnessProcess run, double seconds) =>
        await Task.WhenAny(run.Ended, Task.Delay(TimeSpan.FromSeconds(seconds))).ConfigureAwait(false) != run.Ended;

    /// <summary>What was observed of a case, each attempt as stored.</summary>
    public IReadOnlyList<string> Observations(ResultRow row) =>
        ResultStore.Open(place.Database).Observations(row.Host, row.CaseId);

    public StoredRun? Stored() => StoredRun.Read(place.Database);

    /// <summary>The end of a harness; one that does not end is killed, which is wrong.</summary>
    public async Task<Ending> EndAsync(HarnessProcess run)
    {
        if (await Task.WhenAny(run.Ended, Task.Delay(Longest)).ConfigureAwait(false) != run.Ended)
        {
            Complain($"the harness did not end within {Longest.TotalSeconds:0} s");
            run.Signal(ProcessTree.Killed);
        }
        return await run.Ended.ConfigureAwait(false);
    }

    /// <summary>A run that is disturbed once, and what comes out of it.</summary>
    /// <param name="strike">The fault.</param>
    /// <param name="expected">What may come out.</param>
    /// <param name="target">Where it runs.</param>
    /// <param name="moment">Waits for the moment, usually one between cases; false: the run ended before.</param>
    /// <param name="undo">Ends the fault once the run has ended.</param>
    public async Task DisturbAsync(
        Func<HarnessProcess, Task> strike,
        Expected expected,
        string target = Lab.Host,
        Func<HarnessProcess, Task<bool>>? moment = null,
        Func<Task>? undo = null
    )
    {
        using var run = Start(target);
        bool met = await (moment ?? RunningAsync)(run).ConfigureAwait(false);
        StoredRun? before = null;
        if (met)
        {
            before = Stored();
            await strike(run).ConfigureAwait(false);
        }
        var end = await EndAsync(run).ConfigureAwait(false);
        if (undo is not null)
            await undo().ConfigureAwait(false);
        await CheckAsync(end, met ? expected : Expected.Unharmed, target, before).ConfigureAwait(false);
        // A run that was all but over is not disturbed.
        if (met && (end.Code != 0 || expected.Codes.Contains(0)))
            Count();
    }

    /// <summary>Checks a run's exit code, its messages, each verdict, and that nothing is left.</summary>
    /// <param name="end">How the harness ended.</param>
    /// <param name="expected">What may come out.</param>
    /// <param name="target">Where it ran.</param>
    /// <param name="before">The run before the fault.</param>
    public async Task CheckAsync(Ending end, Expected expected, string target, StoredRun? before = null)
    {
        var usual = await lab.UsualAsync(target == Lab.Front ? Lab.Host : target).ConfigureAwait(false);
        var after = Examine();
        bool undisturbed = end.Code == 0;
        bool overdue = end.Code == 3 && after?.Rows.All(r => IsUsual(r, usual) || IsOverdue(r)) == true;
        Require(
            expected.Codes.Contains(end.Code) || undisturbed || overdue,
            $"exit code {end.Code} instead of {string.Join(" or ", expected.Codes)}: {end.LastLine}"
        );
        Require(!Trace().IsMatch(end.All), $"an internal error or a stack trace: {Trace().Match(end.All).Value}");
        Require(
            !end.All.Any(c => char.IsControl(c) && c is not ('\n' or '\t')),
            "the output has control characters: "
                + string.Join(
                    ' ',
                    end.All.Where(c => char.IsControl(c) && c != '\n').Select(c => $"0x{(int)c:x}").Distinct()
                )
        );
        if (after is null)
            Require(end.Code != 0, "exit code 0, and nothing is stored");
        else
            Compare(after, expected, usual, undisturbed, end);
        Require(end.Code != 2 || after is null || before is not null, "exit code 2, but a run is stored");
        if (before is not null)
            Keep(before, after);
        if (expected.Words is { } words && !undisturbed)
            Require(
                end.All.Contains(words, StringComparison.Ordinal)
                    || after?.Rows.Any(r => r.Reason?.Contains(words, StringComparison.Ordinal) == true) == true,
                $"neither the messages nor a reason have '{words}': {end.LastLine}; "
                    + (after?.Rows.FirstOrDefault(r => r.Verdict != Verdicts.Match)?.Reason ?? "no reason")
            );
        await TidyAsync(expected.LeavesFiles).ConfigureAwait(false);
        if (_wrong.Count > 0 && after?.Rows.FirstOrDefault(r => !IsUsual(r, usual)) is { } unusual)
            Complain($"exit code {end.Code}, and the first case that is not as usual: {Shown(unusual)}");
    }

    /// <summary>Nothing is left on this machine and on the host.</summary>
    /// <param name="exceptFiles">A harness that was killed leaves files.</param>
    public async Task TidyAsync(bool exceptFiles = false)
    {
        var left = await Leftovers.AfterAsync(place, lab, !exceptFiles).ConfigureAwait(false);
        _leftovers.AddRange(left);
        foreach (string one in left)
            Complain($"left behind: {one}");
    }

    /// <summary>The rest of a run that was stopped is run, and then every case has its usual verdict.</summary>
    public async Task ResumeAsync(string target = Lab.Host)
    {
        if (Stored() is not { Run.State: not States.Finished } stopped)
            return;
        if (stopped.Judged.Count() == stopped.Rows.Count && stopped.Run.State != States.Running)
            return;
        using var run = StartCommand("run", "--resume", stopped.Run.Run.Id, "--db", place.Database);
        var end = await EndAsync(run).ConfigureAwait(false);
        Require(end.Code == 0, $"run --resume: exit code {end.Code}: {end.LastLine}");
        var after = Examine();
        Keep(stopped, after);
        var usual = await lab.UsualAsync(target == Lab.Front ? Lab.Host : target).ConfigureAwait(false);
        foreach (var row in after?.Rows ?? [])
            if (!IsUsual(row, usual))
                Lose(row.CaseId, $"after run --resume {Shown(row)}");
        await TidyAsync().ConfigureAwait(false);
    }

    /// <summary>The host serves the next run as if nothing had been.</summary>
    public async Task NextRunAsync(string target = Lab.Host, params string[] more)
    {
        using var run = Start(target, more);
        await CheckAsync(await EndAsync(run).ConfigureAwait(false), Expected.Unharmed, target).ConfigureAwait(false);
    }

    private StoredRun? Examine()
    {
        try
        {
            if (!File.Exists(place.Database))
                return null;
            foreach (string fault in ResultStore.Open(place.Database).Check().Faults)
                Complain($"the database: {fault}");
            return Stored();
        }
        catch (StoreException e)
        {
            Complain($"the database: {e.Message}");
            return null;
        }
    }

    private void Compare(
        StoredRun after,
        Expected expected,
        IReadOnlyDictionary<string, ResultRow> usual,
        bool undisturbed,
        Ending end
    )
    {
        AtStake += usual.Count;
        foreach (string missing in usual.Keys.Except(after.Rows.Select(r => r.CaseId)))
            Lose(missing, "is not stored");
        foreach (var row in after.Rows.Where(r => !IsUsual(r, usual)))
        {
            _blame[row.Culprit] = _blame.GetValueOrDefault(row.Culprit) + 1;
            Require(
                (!undisturbed && expected.Verdicts.Contains(row.Verdict)) || IsOverdue(row),
                $"exit code {end.Code}: {Shown(row)}"
            );
            if (!expected.IsKernels)
                Require(row.Culprit is not (Culprits.Kernel or Culprits.Model), $"shown as a kernel's: {Shown(row)}");
            Require(
                row.Verdict == Verdicts.Planned || !string.IsNullOrWhiteSpace(row.Reason),
                $"without a reason: {Shown(row)}"
            );
        }
    }

    /// <summary>What had its verdict before the fault still has it.</summary>
    private void Keep(StoredRun before, StoredRun? after)
    {
        var now = after?.Rows.ToDictionary(r => r.CaseId);
        foreach (var row in before.Judged)
            if (now?.GetValueOrDefault(row.CaseId) is not { } kept)
                Lose(row.CaseId, "had a verdict, and is not stored any more");
            else if (kept.Verdict != row.Verdict || kept.StoredUtc != row.StoredUtc)
                Lose(row.CaseId, $"was {row.Verdict}, and is {Shown(kept)}");
    }

    private void Lose(string id, string what)
    {
        if (_lost.Add(id))
            Complain($"lost: case {id} {what}");
    }

    private static bool IsUsual(ResultRow row, IReadOnlyDictionary<string, ResultRow> usual) =>
        usual.TryGetValue(row.CaseId, out var other)
        && row.Verdict == other.Verdict
        && row.ObservedJson == other.ObservedJson;

    /// <summary>
    /// A case that was too slow on a loaded machine, and was as predicted when it was executed again: the platform's.
    /// </summary>
    private static bool IsOverdue(ResultRow row) =>
        row is { Verdict: Verdicts.Unstable, Culprit: Culprits.Platform }
        && row.Reason!.StartsWith("first Hang: deadline passed", StringComparison.Ordinal);

    private static string Shown(ResultRow row) =>
        $"{row.CaseId} {row.Verdict} ({row.Culprit}): {row.Reason ?? row.Observed ?? "no reason"}";

    [GeneratedRegex(@"internal error.*|Unhandled exception.*|^ +at [A-Z]\S+\(.*", RegexOptions.Multiline)]
    private static partial Regex Trace();
}
