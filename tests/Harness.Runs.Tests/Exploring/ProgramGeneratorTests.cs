using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Programs;
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
        StepPrediction Step(params Rule[] path) => new(new DirtyLogRead(), null, Errno.None, null, [], [], path);
        pairs.Add(new Prediction("", null, Errno.None, [], []) { Program = [Step(rules)] });
        foreach (var rule in rules)
            pairs.Add(new Prediction("", null, Errno.None, [], []) { Program = [Step(rule), Step(rules)] });
        return pairs;
    }
}
