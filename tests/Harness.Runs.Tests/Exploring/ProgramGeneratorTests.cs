using Harness.Cases;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Model.Safety;
using Harness.Runs.Exploring;

namespace Harness.Runs.Tests.Exploring;

public class ProgramGeneratorTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: true);

    private static ProgramGenerator Generator(int seed, int most = 40) =>
        new(ProgramSpace.Settings, Mainline.V7_2_10, Host, most, new Random(seed));

    [Test]
    public void The_same_seed_gives_the_same_programs()
    {
        string[] once = Programs(5),
            again = Programs(5);
        Assert.That(again, Is.EqualTo(once));
        Assert.That(Programs(6), Is.Not.EqualTo(once));

        static string[] Programs(int seed)
        {
            var (generator, taken) = (Generator(seed), new RulePairs());
            return
            [
                .. Enumerable
                    .Range(0, 20)
                    .Select(_ =>
                    {
                        var program = generator.Next(taken);
                        taken.Add(Mainline.V7_2_10.Predict(Host, program, null));
                        return program.Key;
                    }),
            ];
        }
    }

    [Test]
    public void Each_program_can_be_run_and_is_found_by_its_key()
    {
        var (generator, taken) = (Generator(1, most: 12), new RulePairs());
        for (int i = 0; i < 200; i++)
        {
            var program = generator.Next(taken);
            Assert.That(program.UnsupportedReason, Is.Null, program.Key);
            Assert.That(program.Steps.Count, Is.InRange(1, 12), program.Key);
            Assert.That(AllCases.WithKey(program.Key), Is.EqualTo(program), program.Key);
            Assert.That(Mainline.V7_2_10.Predict(Host, program, null).Outside, Is.Null);
        }
    }

    [Test]
    public void Half_of_the_VMs_track_dirty_pages_in_an_unusual_way()
    {
        var (generator, taken) = (Generator(2, most: 8), new RulePairs());
        ProgramCase[] programs = [.. Enumerable.Range(0, 200).Select(_ => generator.Next(taken))];
        Assert.That(programs.Count(p => p.Tracking != default), Is.InRange(50, 150));
        Assert.That(programs.SelectMany(p => p.Steps.Span.ToArray()).OfType<DirtyLogClear>(), Is.Not.Empty);
        Assert.That(programs.Select(p => Mainline.V7_2_10.Tracking.Refusal(p.Tracking, Host)), Is.All.Null);
    }

    [Test]
    public void Some_programs_have_two_vCPUs_two_slots_or_two_steps_at_the_same_time()
    {
        var (generator, taken) = (Generator(5, most: 12), new RulePairs());
        ProgramCase[] programs = [.. Enumerable.Range(0, 200).Select(_ => generator.Next(taken))];
        Assert.That(programs.Count(p => p.Vcpus == 2), Is.InRange(40, 160));
        Assert.That(programs.Count(p => p.Second != SecondSlot.None), Is.InRange(20, 120));
        AtOnce[] both = [.. programs.SelectMany(p => p.Steps.Span.ToArray()).OfType<AtOnce>()];
        Assert.That(both.Count(s => s.First is SlotAccess), Is.GreaterThan(10));
        Assert.That(both.Count(s => s.First is SlotChange), Is.GreaterThan(0));
        Assert.That(programs.Select(p => AllCases.WithKey(p.Key)), Is.EqualTo(programs));
    }

    /// <summary>A kernel that does what its sources say reports every store, in any order of steps.</summary>
    [Test]
    public void No_policy_predicts_that_a_store_is_not_reported()
    {
        var (generator, taken) = (Generator(4, most: 24), new RulePairs());
        int reads = 0;
        for (int i = 0; i < 500; i++)
        {
            var program = generator.Next(taken);
            foreach (var policy in Mainline.All)
            {
                ProgramPart[] steps = [.. policy.Predict(Host, program, null).Program.Select(s => s.Part)];
                reads += steps.Count(s => s.Dirty is { Count: > 0 });
                Assert.That(
                    ObservedSafety.Violated(program, Host, steps),
                    program.Tracking.Ring == DirtyRing.Alone
                        ? Is.Not.Null // loses stores to blocks: ReportedStoresTests
                        : Does.Not.Contain(SafetyProperties.NoStoreUnreported),
                    $"{policy}: {program.Key}"
                );
            }
        }
        Assert.That(reads, Is.GreaterThan(300));
    }

    [Test]
    public void Steps_that_take_new_pairs_of_rules_are_preferred()
    {
        var (guided, blind) = (Pairs(new RulePairs()), Pairs(null));
        Assert.That(guided, Is.GreaterThan(blind));

        int Pairs(RulePairs? steering)
        {
            var (generator, all) = (Generator(3, most: 10), new RulePairs());
            for (int i = 0; i < 60; i++)
            {
                var prediction = Mainline.V7_2_10.Predict(Host, generator.Next(steering ?? Everything), null);
                steering?.Add(prediction);
                all.Add(prediction);
            }
            return all.Count;
        }
    }

    /// <summary>With these nothing is new, so that any step is as good as another.</summary>
    private static RulePairs Everything { get; } = AllPairs();

    private static RulePairs AllPairs()
    {
        var pairs = new RulePairs();
        Rule[] rules = [.. Mainline.V7_2_10.AllRules, .. ProgramRules.All];
        StepPrediction Step(params Rule[] path) =>
            new(new DirtyLogRead(), null, Errno.None, null, [], [], Beside: false, path);
        pairs.Add(new Prediction("", null, Errno.None, [], []) { Program = [Step(rules)] });
        foreach (var rule in rules)
            pairs.Add(new Prediction("", null, Errno.None, [], []) { Program = [Step(rule), Step(rules)] });
        return pairs;
    }
}
