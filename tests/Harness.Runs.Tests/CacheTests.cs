using Harness.Cases;
using Harness.Model;
using Harness.Model.Caches;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests;

/// <summary>Cases about caches, executed by machines that have one, by one that has none, and by broken ones.</summary>
public class CacheTests
{
    private const ulong DataAbort = 0x9600_0000;

    private static readonly Platform Cpu = new(Tcg: false, Cpus: 4, Hardware: true),
        Tcg = new(Tcg: true, Cpus: 2);

    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    private static readonly HostFacts[] Hosts =
    [
        new(Fwb: true, Dic: true),
        new(Fwb: true, Dic: false),
        new(Fwb: false, Dic: true),
        Neither,
    ];

    /// <summary>Without those of a PCI device, which the fake host lacks.</summary>
    private static IReadOnlyList<CacheCase> Cases { get; } =
    [.. AllCases.Cases.OfType<CacheCase>().Where(c => !c.Backing.OfVfio)];

    private static CacheCase Plain(params CacheAct[] acts) => new(Backing.Plain, Extent.Page, Combination.MmuOff, acts);

    private static readonly CacheCase Stale = Plain(CacheAct.HostStore, CacheAct.GuestLoad),
        Live = Plain(CacheAct.GuestLoad, CacheAct.HostStore, CacheAct.GuestLoad);

    private static Judge JudgeOf(HostFacts host, Platform platform, Policy? policy = null) =>
        new(
            policy ?? Mainline.V7_2,
            new HostProfile("7.2.0", host, Seen.Abilities, new Decoding(host.Fwb, null)) { Platform = platform }
        );

    /// <summary>The observation of a case with acts that return these words.</summary>
    private static Observation Observed(CacheCase c, params uint?[] words) =>
        Observed(c, words.Select(w => ((ulong?)w, false)));

    private static Observation Observed(CacheCase c, IEnumerable<(ulong? Word, bool Refused)> acts)
    {
        var compiled = Seen.Compiled(c);
        StepResult[] steps = [.. compiled.Program.Steps.Select(s => EmptyResult.Of(s, s is Stage2Step ? 22 : 0))];
        foreach (var (act, (word, refused)) in compiled.CacheActs.Zip(acts))
        {
            if (act.Line is { } line)
                steps[line.Index] = new LineResult((uint?)word);
            if (act.Access is not { } access)
                continue;
            steps[access.Run.Index] = Seen.Report((refused ? 0x200u : 0x100u) + (uint)act.Report);
            steps[access.Registers.Index] = Seen.Registers(DataAbort | 0x35, 0, x17: word ?? 0);
        }
        return Seen.Whole(c, steps);
    }

    private static Observation Executed(CacheCase c, FakeCache machine, Prediction prediction) =>
        Observed(
            c,
            prediction.CacheActs.Select(a =>
                ((ulong?)machine.Do(a.Act, a.Part.Access?.Leaf ?? default, out bool refused), refused)
            )
        );

    private static IEnumerable<int> Seeds => Enumerable.Range(0, 60);

    /// <summary>
    /// No word that a machine with a cache returns is a mismatch, and every word that is predicted is returned by some.
    /// </summary>
    [Test]
    public void A_machine_with_a_cache_matches_and_every_predicted_word_is_met([Values(0, 1, 2, 3)] int of)
    {
        var host = Hosts[of];
        var judge = JudgeOf(host, Cpu);
        var unmet = new List<string>();
        foreach (var c in Cases)
        {
            var prediction = judge.Predict(c);
            if (prediction.CacheActs.Any(a => a.Part.Access is { Kind: not OutcomeKind.Mapped }))
                continue;
            var met = new CacheWords[prediction.CacheActs.Count];
            foreach (int seed in Seeds)
            {
                var machine = new FakeCache(host, c, new Random(seed)) { RefusesExclusives = seed % 3 == 0 };
                var observation =
                    prediction.Registration == Errno.None
                        ? Executed(c, machine, prediction)
                        : Seen.Refused(c, (int)prediction.Registration);
                var verdict = judge.Decide(c, observation);
                Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), $"{c} seed {seed}: {verdict.Observed}");
                var words = ((Model.Outcomes.PartsOutcome)verdict.Observed!).Parts.OfType<Model.Outcomes.CachePart>();
                foreach (var (part, i) in words.Select((part, i) => (part, i)))
                    met[i] |= part.Words;
            }
            for (int i = 0; i < met.Length; i++)
                if (met[i] != prediction.CacheActs[i].Part.Words)
                    unmet.Add($"{c}: act {i + 1} returns {met[i]}, predicted {prediction.CacheActs[i].Part.Words}");
        }
        Assert.That(unmet, Is.Empty);
    }

    [Test]
    public void A_word_that_nobody_stored_is_a_mismatch_everywhere()
    {
        foreach (var platform in (Platform[])[Cpu, Tcg, Platform.Unknown])
        foreach (var host in Hosts)
        {
            var verdict = JudgeOf(host, platform).Decide(Live, Observed(Live, CacheCase.OldWord, null, 0x1234_5678));
            Assert.That(
                (verdict.Kind, verdict.Culprit),
                Is.EqualTo((VerdictKind.Mismatch, Culprit.Kernel)),
                $"{platform} {host}"
            );
        }
    }

    [TestCase(CacheCase.NewWord, VerdictKind.Match, "cleaned-at-fault")]
    [TestCase(CacheCase.OldWord, VerdictKind.Mismatch, "cleaned-at-fault")]
    public void A_stale_line_at_the_first_access_contradicts_what_KVM_does_at_the_fault(
        uint word,
        VerdictKind kind,
        string rule
    )
    {
        var verdict = JudgeOf(Neither, Cpu).Decide(Stale, Observed(Stale, null, word));
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((kind, rule)), verdict.Reason);
    }

    [TestCase(false, CacheCase.OldWord, VerdictKind.Match)]
    [TestCase(false, CacheCase.NewWord, VerdictKind.Match)]
    [TestCase(true, CacheCase.OldWord, VerdictKind.Mismatch)]
    [TestCase(true, CacheCase.NewWord, VerdictKind.Match)]
    public void A_stale_line_of_a_mapped_page_is_allowed_without_FWB_alone(bool fwb, uint word, VerdictKind kind) =>
        Assert.That(
            JudgeOf(new HostFacts(fwb, Dic: true), Cpu)
                .Decide(Live, Observed(Live, CacheCase.OldWord, null, word))
                .Kind,
            Is.EqualTo(kind)
        );

    [Test]
    public void A_machine_that_cleans_no_line_is_a_mismatch_of_some_case_and_names_what_it_lacks()
    {
        (Func<HostFacts, CacheCase, Random, FakeCache> Make, string Rule)[] broken =
        [
            ((h, c, dice) => new FakeCache(h, c, dice) { CleansAtFault = false }, "cleaned-at-fault"),
            ((h, c, dice) => new FakeCache(h, c, dice) { CleansAtUnmap = false }, "cleaned-at-unmap"),
            ((h, c, dice) => new FakeCache(h, c, dice) { InvalidateCleans = false }, "invalidate-cleans"),
            ((h, c, dice) => new FakeCache(h, c, dice) { InvalidatesInstructions = false }, "instructions-invalidated"),
        ];
        var judge = JudgeOf(Neither, Cpu);
        foreach (var (make, rule) in broken)
        {
            var rules =
                from c in Cases.Where(c => c.Backing == Backing.Plain)
                let prediction = judge.Predict(c)
                from seed in Seeds
                let verdict = judge.Decide(c, Executed(c, make(Neither, c, new Random(seed)), prediction))
                where verdict.Kind == VerdictKind.Mismatch
                select verdict.Rule;
            Assert.That(rules, Does.Contain(rule));
        }
    }

    [Test]
    public void An_emulator_that_returns_what_was_stored_last_awaits_hardware()
    {
        foreach (var host in Hosts)
        {
            var judge = JudgeOf(host, Tcg);
            foreach (var c in Cases.Where(c => c.Backing == Backing.Plain))
            {
                var prediction = judge.Predict(c);
                var verdict = judge.Decide(c, Observed(c, prediction.CacheActs.Select(a => ((ulong?)Word(a), false))));
                Assert.That(
                    (verdict.Kind, verdict.Culprit, verdict.AsPredicted),
                    Is.EqualTo((VerdictKind.Skip, Culprit.Platform, true)),
                    $"{c}: {verdict.Observed}"
                );
                Assert.That(verdict.Reason, Does.StartWith("needs hardware: QEMU's TCG has no caches"));
                Assert.That(verdict.Predicted, Is.EqualTo(prediction.Outcome), "what a host with caches may return");
            }
        }
    }

    [Test]
    public void A_stale_word_on_an_emulator_is_a_mismatch_whatever_the_architecture_allows()
    {
        var verdict = JudgeOf(Neither, Tcg).Decide(Live, Observed(Live, CacheCase.OldWord, null, CacheCase.OldWord));
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "no-caches")), verdict.Reason);
    }

    [Test]
    public void Where_nobody_knows_what_executes_the_host_a_word_proves_nothing()
    {
        var verdict = JudgeOf(Neither, Platform.Unknown)
            .Decide(Live, Observed(Live, CacheCase.OldWord, null, CacheCase.NewWord));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Skip));
        Assert.That(verdict.Reason, Does.StartWith("needs hardware: what executes the host is not known"));
    }

    [Test]
    public void A_slot_that_is_refused_needs_no_cache()
    {
        var c = Cases.First(c => Mainline.V7_2.Predict(Neither, c).Registration == Errno.EINVAL);
        Assert.That(JudgeOf(Neither, Tcg).Decide(c, Seen.Refused(c, 22)).Kind, Is.EqualTo(VerdictKind.Match));
        Assert.That(JudgeOf(Neither, Tcg).Decide(c, Seen.Refused(c, 12)).Kind, Is.EqualTo(VerdictKind.Mismatch));
    }

    [Test]
    public void A_leaf_of_another_type_is_a_mismatch_on_an_emulator_and_names_the_policy_s_rule()
    {
        var host = Hosts[0];
        var observation = Observed(Stale, null, CacheCase.NewWord);
        var read = Seen.Compiled(Stale).CacheActs[1].Access!.Descriptor!.Value;
        StepResult[] steps = [.. observation.Steps];
        steps[read.Index] = Seen.Descriptor(Seen.DeviceRw);
        var verdict = JudgeOf(host, Tcg).Decide(Stale, observation with { Steps = steps });
        Assert.That(
            (verdict.Kind, Mainline.V7_2.Has(verdict.Rule)),
            Is.EqualTo((VerdictKind.Mismatch, true)),
            verdict.Reason
        );
    }

    [Test]
    public void A_run_that_fails_is_a_mismatch_on_an_emulator()
    {
        var observation = Observed(Stale, null, CacheCase.NewWord);
        StepResult[] steps = [.. observation.Steps];
        steps[Seen.Compiled(Stale).CacheActs[1].Access!.Run.Index] = new RunResult(0) { Errno = 14 };
        Assert.That(
            JudgeOf(Hosts[0], Tcg).Decide(Stale, observation with { Steps = steps }).Kind,
            Is.EqualTo(VerdictKind.Mismatch)
        );
    }

    [Test]
    public void An_observation_that_ends_early_is_the_probes_fault()
    {
        var whole = Observed(Stale, null, CacheCase.NewWord);
        var cut = whole with { Steps = [.. whole.Steps.SkipLast(4)] };
        Assert.That(JudgeOf(Neither, Cpu).Decide(Stale, cut).Kind, Is.EqualTo(VerdictKind.ProbeError));
    }

    private static uint? Word(CacheActPrediction act) =>
        act.Part.Words == CacheWords.None ? null
        : act.Last == CacheWords.Old ? CacheCase.OldWord
        : act.Last == CacheWords.New ? CacheCase.NewWord
        : CacheCase.GuestWord;
}
