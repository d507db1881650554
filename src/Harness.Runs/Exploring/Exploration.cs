using System.Diagnostics;
using System.Text.RegularExpressions;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Programs;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Store;

namespace Harness.Runs.Exploring;

/// <summary>A program that did not go as predicted, as small as it still shows that.</summary>
/// <param name="Program">The smallest program.</param>
/// <param name="Found">The program that showed it first.</param>
/// <param name="Verdict">Of the smallest one, when it was run last.</param>
/// <param name="Confirmed">It shows the same each time.</param>
public sealed record Deviation(ProgramCase Program, ProgramCase Found, Verdict Verdict, bool Confirmed)
{
    /// <summary>How many programs showed the same rule contradicted by the same kind of verdict.</summary>
    public int Times { get; set; } = 1;

    /// <summary>
    /// It is against the kernel, the model or the probe. A program that ran into its time limit and did not again says
    /// no more than that the host was slow then.
    /// </summary>
    public bool Counts => Confirmed || Verdict.Kind != VerdictKind.Hang;
}

/// <summary>How far an exploration is.</summary>
/// <param name="Programs">Programs that were judged.</param>
/// <param name="Steps">Their steps.</param>
/// <param name="Pairs">Pairs of rules that were taken.</param>
/// <param name="Deviations">Different deviations.</param>
/// <param name="Elapsed">Since the first program.</param>
public sealed record ExplorationProgress(int Programs, int Steps, int Pairs, int Deviations, TimeSpan Elapsed);

/// <summary>How an exploration ended.</summary>
/// <param name="Progress">All of it.</param>
/// <param name="Deviations">Each once.</param>
/// <param name="Interesting">The programs that took new pairs of rules, in order.</param>
/// <param name="Known">Programs that a known difference explains.</param>
/// <param name="Skipped">Programs that the host can't run.</param>
/// <param name="Losses">What programs took from the host for good.</param>
/// <param name="Lost">Why the host was lost, or null.</param>
public sealed record ExplorationEnd(
    ExplorationProgress Progress,
    IReadOnlyList<Deviation> Deviations,
    IReadOnlyList<ProgramCase> Interesting,
    int Known,
    int Skipped,
    IReadOnlyList<HostLoss> Losses,
    string? Lost
);

/// <summary>
/// Runs random programs on a host for some time, judges each step by step, and shrinks those that deviate.
/// </summary>
/// <param name="session">The host; it chooses the policy to judge by.</param>
/// <param name="known">The known differences.</param>
/// <param name="progress">Called now and then.</param>
public sealed partial class Exploration(
    HostSession session,
    IReadOnlyList<KnownDifference> known,
    Action<ExplorationProgress> progress
)
{
    private const int Batch = 32;
    private const int Window = 16;
    private const int Confirmations = 2;

    private readonly WorkerReports _reports = new();
    private readonly RulePairs _taken = new();
    private readonly Dictionary<string, Deviation> _deviations = [];
    private readonly List<ProgramCase> _interesting = [];
    private readonly List<ProgramCase> _sinceHealth = [];
    private readonly List<HostLoss> _losses = [];
    private HostHealth? _health;
    private readonly Stopwatch _clock = new();
    private HostProfile _profile = null!;
    private Judge _judge = null!;
    private KnownOnHost _known = null!;
    private int _programs;
    private int _steps;
    private int _explained;
    private int _skipped;

    /// <summary>The most steps of a program.</summary>
    public int MostSteps { get; init; } = 40;

    /// <summary>The host's counters are read after so many programs.</summary>
    public int HealthEvery { get; init; } = 512;

    /// <summary>Programs to run before random ones.</summary>
    public IReadOnlyList<ProgramCase> Corpus { get; init; } = [];

    /// <summary>Called for each program when it was judged first, or null.</summary>
    public Action<JudgedProgram>? Judged { get; init; }

    /// <param name="seed">Of the random programs.</param>
    /// <param name="time">When to stop making new ones; zero: only the corpus is run.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="HostUnavailableException">The host is unavailable from the start.</exception>
    public async Task<ExplorationEnd> ExecuteAsync(int seed, TimeSpan time, CancellationToken cancel)
    {
        _profile = await session.OpenAsync(cancel).ConfigureAwait(false);
        var policy = _profile.Choice!.Policy!;
        _judge = new Judge(policy, _profile);
        _known = new KnownOnHost(known, session.Name, _profile, policy);
        ProgramCase[] least =
        [
            .. ProgramSpace.Settings.Select(s => new ProgramCase(s, new ProgramSteps(new DirtyLogRead()))),
        ];
        // What is known to go wrong there may harm the host, and all that runs on it later.
        AccessCase[] settings = [.. least.Where(p => WhyNot(p) is null && !_known.Covers(p)).Select(p => p.Setting)];
        if (settings.Length == 0)
            throw new HostUnavailableException(WhyNot(least[0]) ?? "a known difference is about each of its programs");
        var generator = new ProgramGenerator(settings, policy, _profile.Host, MostSteps, new Random(seed));
        string? lost = null;
        _clock.Start();
        try
        {
            foreach (var some in Corpus.Chunk(Batch))
                await RunAsync(some, cancel).ConfigureAwait(false);
            while (_clock.Elapsed < time)
                await RunAsync([.. Enumerable.Range(0, Batch).Select(_ => generator.Next(_taken))], cancel)
                    .ConfigureAwait(false);
            await CheckHealthAsync(cancel).ConfigureAwait(false);
        }
        catch (HostUnavailableException e)
        {
            lost = session.Lost ?? e.Message;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // What was found until then is reported.
        }
        return new ExplorationEnd(Progress, [.. _deviations.Values], _interesting, _explained, _skipped, _losses, lost);
    }

    private ExplorationProgress Progress => new(_programs, _steps, _taken.Count, _deviations.Count, _clock.Elapsed);

    private string? WhyNot(ProgramCase c) =>
        _profile.NoKvmReason ?? CaseCompiler.NotRunnableReason(c, _profile.Abilities);

    private async Task RunAsync(ProgramCase[] programs, CancellationToken cancel)
    {
        var compiled = programs
            .Where(p => WhyNot(p) is null)
            .Select(p => CaseCompiler.Compile(p, _profile.Abilities))
            .ToList();
        _skipped += programs.Length - compiled.Count;
        var deviating = new List<(CompiledCase Compiled, Verdict Verdict)>();
        await session
            .RunAsync(
                [.. compiled.Select(c => c.Program)],
                Window,
                (i, observation) =>
                {
                    var verdict = VerdictOn(compiled[i], observation);
                    var program = (ProgramCase)compiled[i].Case;
                    Judged?.Invoke(new JudgedProgram(program, verdict));
                    _programs++;
                    _steps += program.Steps.Count;
                    if (_taken.Add(_judge.Predict(program)) > 0)
                        _interesting.Add(program);
                    if (verdict.Kind == VerdictKind.Known)
                        _explained++;
                    else if (Deviates(verdict))
                        deviating.Add((compiled[i], verdict));
                },
                cancel
            )
            .ConfigureAwait(false);
        progress(Progress);
        foreach (var (one, verdict) in deviating)
            await LookIntoAsync((ProgramCase)one.Case, verdict, cancel).ConfigureAwait(false);
        // What a worker keeps for all of its programs is there after the first ones.
        if (_health is null && session.Lost is null)
            _health = HostHealth.Begin(await CountersAsync(cancel).ConfigureAwait(false));
        else
            _sinceHealth.AddRange(compiled.Select(c => (ProgramCase)c.Case));
        if (_sinceHealth.Count >= HealthEvery)
            await CheckHealthAsync(cancel).ConfigureAwait(false);
    }

    private Task<Observation> CountersAsync(CancellationToken cancel) => session.RunAsync(HostHealth.Program, cancel);

    private async Task CheckHealthAsync(CancellationToken cancel)
    {
        if (_health is null || _sinceHealth.Count == 0)
            return;
        ProgramCase[] programs = [.. _sinceHealth];
        _sinceHealth.Clear();
        var grown = _health.Growth(await CountersAsync(cancel).ConfigureAwait(false));
        if (grown.Count == 0)
            return;
        var hunt = new LossHunt(
            some =>
                session.RunAsync(
                    [.. some.Select(p => CaseCompiler.Compile(p, _profile.Abilities).Program)],
                    Window,
                    (_, _) => { },
                    cancel
                ),
            () => CountersAsync(cancel)
        );
        foreach (var growth in grown.Where(g => !_losses.Any(l => l.Growth.What == g.What)))
            if (await hunt.FindAsync(growth, programs).ConfigureAwait(false) is { } loss)
                _losses.Add(loss);
        _health = HostHealth.Begin(await CountersAsync(cancel).ConfigureAwait(false));
    }

    private Verdict VerdictOn(CompiledCase compiled, Observation observation) =>
        _known.Settle(compiled.Case, _judge.Decide(compiled, observation, _reports.In(observation)));

    /// <summary>A match with a report of the kernel deviates, too.</summary>
    private static bool Deviates(Verdict verdict) =>
        verdict.Kind is not (VerdictKind.Match or VerdictKind.Skip or VerdictKind.Known or VerdictKind.OutsideModel)
        || verdict is { Kind: VerdictKind.Match, Reason.Length: > 0 };

    /// <summary>
    /// What two deviations have in common that need only be looked into once. The numbers of steps and addresses in a
    /// reason become others when a program is shrunk.
    /// </summary>
    private static string Signature(Verdict verdict) =>
        verdict.Kind is VerdictKind.Match or VerdictKind.ProbeError
            ? $"{verdict.Kind} {Numbers().Replace(verdict.Reason, "N")}"
            : $"{verdict.Kind} {verdict.Rule}";

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();

    private async Task LookIntoAsync(ProgramCase program, Verdict verdict, CancellationToken cancel)
    {
        string signature = Signature(verdict);
        if (_deviations.TryGetValue(signature, out var same))
        {
            same.Times++;
            return;
        }
        _deviations[signature] = new Deviation(program, program, verdict, Confirmed: false);
        if (!await ShowsAsync(program, signature, Confirmations, cancel).ConfigureAwait(false))
            return;
        var least = await new ProgramShrinker(p => ShowsAsync(p, signature, 1, cancel))
            .ShrinkAsync(program)
            .ConfigureAwait(false);
        var (last, confirmed) = (verdict, true);
        for (int i = 0; i < Confirmations; i++)
        {
            last = await OnceAsync(least, cancel).ConfigureAwait(false);
            confirmed &= Signature(last) == signature;
        }
        _deviations[signature] = new Deviation(least, program, last, confirmed);
        progress(Progress);
    }

    private async Task<bool> ShowsAsync(ProgramCase program, string signature, int times, CancellationToken cancel)
    {
        if (WhyNot(program) is not null)
            return false;
        try
        {
            for (int i = 0; i < times; i++)
                if (Signature(await OnceAsync(program, cancel).ConfigureAwait(false)) != signature)
                    return false;
            return true;
        }
        catch (HostUnavailableException) when (session.Lost is null)
        {
            // The probe was lost, and starts again with the next program.
            return false;
        }
    }

    private async Task<Verdict> OnceAsync(ProgramCase program, CancellationToken cancel)
    {
        var compiled = CaseCompiler.Compile(program, _profile.Abilities);
        return VerdictOn(compiled, await session.RunAsync(compiled.Program, cancel).ConfigureAwait(false));
    }
}
