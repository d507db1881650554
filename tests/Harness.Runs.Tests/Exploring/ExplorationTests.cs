using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Protocol;
using Harness.Runs.Exploring;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;

namespace Harness.Runs.Tests.Exploring;

/// <summary>A host with a kernel that maps the last page of a slot read-only, whatever the guest does there.</summary>
public class ExplorationTests
{
    private static readonly HostFacts Facts = new(Fwb: true, Dic: true);

    private static readonly HostProfile Profile = new("7.2.12", Facts, Seen.Abilities, new Decoding(true, null))
    {
        Possible = [Facts],
    };

    /// <summary>Whatever the exploration may ask: the programs and what they can be shrunk to.</summary>
    private static readonly Dictionary<string, ProgramCase> All = (
        from first in (string[])["read.first", "read.last", "write.first", "write.last"]
        from then in (string[])["", ",read.first", ",read.last", ",write.first", ",write.last"]
        from restored in (string[])["", " restored"]
        select (ProgramCase)AllCases.WithKey($"anonymous:shared vma=rw slot=none do={first}{then}{restored}")!
    ).ToDictionary(p => p.Id);

    private static ProgramCase[] Programs(params string[] steps) =>
        [.. steps.Select(s => (ProgramCase)AllCases.WithKey($"anonymous:shared vma=rw slot=none do={s}")!)];

    [Test]
    public async Task What_deviates_is_shrunk_confirmed_and_counted()
    {
        var end = await Explore(
            wrong: true,
            Programs("read.first", "read.first,write.last restored", "write.last", "write.first")
        );

        Assert.That(end.Lost, Is.Null);
        Assert.That((end.Progress.Programs, end.Progress.Steps, end.Skipped, end.Known), Is.EqualTo((4, 5, 0, 0)));
        var deviation = end.Deviations.Single();
        Assert.That(deviation.Program.Key, Is.EqualTo("anonymous:shared vma=rw slot=none do=write.last"));
        Assert.That(deviation.Found.Steps.Count, Is.EqualTo(2));
        Assert.That((deviation.Confirmed, deviation.Times), Is.EqualTo((true, 2)));
        Assert.That(deviation.Verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(deviation.Verdict.Rule, Is.EqualTo("writable").Or.EqualTo("host-pte-writable"));
    }

    [TestCase(VerdictKind.Hang, false, false)]
    [TestCase(VerdictKind.Hang, true, true)]
    [TestCase(VerdictKind.Mismatch, false, true)]
    public void A_time_limit_that_is_not_reached_again_does_not_count(VerdictKind kind, bool confirmed, bool counts)
    {
        var program = Programs("read.first")[0];
        var verdict = new Verdict(kind, Culprit.Kernel, "", "", null, null, [], []);
        Assert.That(new Deviation(program, program, verdict, confirmed).Counts, Is.EqualTo(counts));
    }

    [Test]
    public async Task A_kernel_that_decides_rightly_has_no_deviations_and_the_corpus_is_what_took_new_pairs()
    {
        var end = await Explore(wrong: false, Programs("read.first", "read.first restored", "write.last"));

        Assert.That(end.Deviations, Is.Empty);
        Assert.That(end.Progress.Pairs, Is.Positive);
        Assert.That(end.Interesting, Is.EqualTo(Programs("read.first")), "the others take the same rules");
    }

    [Test]
    public async Task The_program_that_the_host_loses_memory_by_is_found_among_all()
    {
        // Without stores nothing is lost; each store of the last page loses 100 KiB.
        var others = Programs("read.first", "read.last", "write.first");
        var programs = Enumerable.Range(0, 100).Select(i => others[i % 3]).ToArray();
        programs[71] = Programs("write.last")[0];
        Assert.That((await Explore(wrong: false, programs, lostKiB: 100)).Losses, Is.Empty, "too little of it");

        var end = await Explore(wrong: false, programs, lostKiB: 100_000);
        var loss = end.Losses.Single();
        Assert.That(loss.Growth.What, Is.EqualTo("KiB of memory that nothing counts"));
        Assert.That(loss.Growth.More, Is.EqualTo(100_000));
        Assert.That(loss.Programs, Is.EqualTo(Programs("write.last")));
        Assert.That(end.Deviations, Is.Empty);
    }

    [Test]
    public async Task What_does_not_come_again_is_no_loss()
    {
        var programs = Enumerable.Repeat(Programs("read.first")[0], 100).ToArray();
        Assert.That((await Explore(wrong: false, programs, lostOnceKiB: 100_000)).Losses, Is.Empty);
    }

    [Test]
    public async Task A_host_without_the_module_is_refused_with_the_reason()
    {
        await using var host = new FakeHost { Answer = _ => null };
        await using var session = host.Session(new Notes(), TimeSpan.FromSeconds(5), _ =>
            Profile with
            {
                Abilities = Seen.Abilities with { Exporter = false },
            }
        );
        var exploration = new Exploration(session, [], _ => { });
        Assert.That(
            async () => await exploration.ExecuteAsync(1, TimeSpan.Zero, default),
            Throws.InstanceOf<Dispatch.HostUnavailableException>().With.Message.Contains("needs the exporter module")
        );
    }

    [Test]
    public void Two_hosts_differ_as_predicted_or_otherwise()
    {
        var program = Programs("write.last")[0];
        var right = Mainline.V7_2_10.Predict(Facts, program, null).Outcome;
        var without = Mainline.V7_2_10.Predict(Facts with { Dic = false }, program, null).Outcome;
        JudgedProgram On(CaseOutcome predicted, CaseOutcome observed) =>
            new(program, new Verdict(VerdictKind.Match, Culprit.None, "", "", predicted, observed, [], []));

        var asPredicted = HostDifferences.Between([On(right, right)], [On(without, without)]);
        Assert.That(
            (asPredicted.Compared, asPredicted.AsPredicted.Count, asPredicted.Otherwise.Count),
            Is.EqualTo((1, 1, 0))
        );
        Assert.That(asPredicted.AsPredicted[0].Step, Is.Zero);

        var otherwise = HostDifferences.Between([On(right, right)], [On(right, without)]);
        Assert.That((otherwise.AsPredicted.Count, otherwise.Otherwise.Count), Is.EqualTo((0, 1)));

        var same = HostDifferences.Between([On(right, right)], [On(right, right)]);
        Assert.That(
            (same.Compared, same.AsPredicted.Count + same.LeftOpen.Count + same.Otherwise.Count),
            Is.EqualTo((1, 0))
        );
    }

    /// <param name="wrong">The kernel decides wrongly.</param>
    /// <param name="corpus">The programs.</param>
    /// <param name="lostKiB">What the host loses by each program that stores to the last page.</param>
    /// <param name="lostOnceKiB">What it loses between the first counters and the second.</param>
    private static async Task<ExplorationEnd> Explore(
        bool wrong,
        IReadOnlyList<ProgramCase> corpus,
        long lostKiB = 0,
        long lostOnceKiB = 0
    )
    {
        long lost = 0;
        await using var host = new FakeHost
        {
            Answer = program =>
            {
                if (program.Steps is [CountersStep])
                {
                    var counters = new CountersResult(Orphans: 0, UncountedKiB: 1000 + lost);
                    lost += lostOnceKiB;
                    lostOnceKiB = 0;
                    return new Observation(program.Case, ObservationEnd.Completed, null, 1, [counters], []);
                }
                if (All[program.Case].Key.EndsWith("do=write.last", StringComparison.Ordinal))
                    lost += lostKiB;
                return Observed(All[program.Case], wrong);
            },
        };
        await using var session = host.Session(new Notes(), TimeSpan.FromSeconds(5), _ => Profile);
        return await new Exploration(session, [], _ => { }) { Corpus = corpus, HealthEvery = 64 }.ExecuteAsync(
            1,
            TimeSpan.Zero,
            default
        );
    }

    private static Observation Observed(ProgramCase program, bool wrong)
    {
        var compiled = Seen.Compiled(program);
        var predicted = Mainline.V7_2_10.Predict(Facts, program, null).Program;
        var results = new StepResult[compiled.Program.Steps.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = EmptyResult.Of(compiled.Program.Steps[i], 0);
        for (int n = 0; n < compiled.Steps.Count; n++)
        {
            var step = compiled.Steps[n];
            results[step.Access!.Run.Index] = Seen.Report((uint)(0x100 + step.Report));
            results[step.Access.Registers.Index] = Seen.Registers(0, 0, x17: predicted[n].Word ?? 0);
            foreach (var page in SlotPages.All)
            {
                bool mapped = predicted[n].Left[(int)page].Kind == OutcomeKind.Mapped;
                ulong raw = wrong && page == SlotPage.Last ? Seen.NormalRwxFwb & ~(2ul << 6) : Seen.NormalRwxFwb;
                results[step.Descriptors[(int)page].Index] = Seen.Descriptor(mapped ? raw : 0, mapped);
            }
        }
        return Seen.Whole(program, results);
    }
}
