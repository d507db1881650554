using Harness.Cases;
using Harness.Model;
using Harness.Runs.Sharding;

namespace Harness.Runs.Tests.Sharding;

public sealed class ShardPlanTests
{
    private static readonly Case[] Cases = [.. CaseSpace.Buildable.Take(300)];

    private static readonly Dictionary<string, double> NoTimes = [];

    private static readonly (string, bool, IReadOnlyList<Case>)[] Hosts =
    [
        ("fwb", true, Cases),
        ("nofwb", true, Cases),
        ("lab", false, Cases[..50]),
    ];

    private static Dictionary<string, double> Times(double fwb) => new() { ["fwb"] = fwb, ["nofwb"] = 0.1 };

    [Test]
    public void Two_controllers_compute_the_same_plan() =>
        Assert.That(
            ShardPlan.Of(Hosts, 4, Times(0.5)).Hash,
            Is.EqualTo(
                ShardPlan
                    .Of([.. Hosts.Select(h => (h.Item1, h.Item2, (IReadOnlyList<Case>)[.. h.Item3]))], 4, Times(0.5))
                    .Hash
            )
        );

    [Test]
    public void Another_cut_or_another_case_has_another_hash()
    {
        string[] hashes =
        [
            ShardPlan.Of(Hosts, 4, NoTimes).Hash,
            ShardPlan.Of(Hosts, 3, NoTimes).Hash,
            ShardPlan.Of(Hosts, 4, Times(2)).Hash,
            ShardPlan.Of([.. Hosts[..2], ("lab", false, Cases[..49])], 4, NoTimes).Hash,
            ShardPlan.Of([.. Hosts[..2], ("lab", false, [.. Cases[..49], Cases[50]])], 4, NoTimes).Hash,
            ShardPlan.Of([.. Hosts[..2], ("lab-2", false, Cases[..50])], 4, NoTimes).Hash,
        ];
        Assert.That(hashes, Is.Unique);
    }

    [Test]
    public void The_shards_have_the_cases_of_every_host_in_their_order()
    {
        var plan = ShardPlan.Of(Hosts, 5, Times(0.5));
        Assert.That(plan.Cases, Is.EqualTo(650));
        for (int h = 0; h < Hosts.Length; h++)
        {
            var parts = plan.Shards.SelectMany(s => s.Where(p => p.Host == h)).Select(p => p.Cases).ToList();
            Assert.That(parts.SelectMany(p => p), Is.EquivalentTo(Hosts[h].Item3));
            foreach (var part in parts)
                Assert.That(part.Select(c => Array.IndexOf(Cases, c)), Is.Ordered);
        }
        Assert.That(
            plan.Shards.All(s => s.Select(p => p.Host).Distinct().Count() == s.Count),
            "each host once in a shard"
        );
    }

    [Test]
    public void A_host_that_takes_longer_gets_more_of_the_shards()
    {
        var plan = ShardPlan.Of(Hosts[..2], 4, Times(1));
        int ShardsOf(int host) => plan.Shards.Count(s => s.Any(p => p.Host == host));
        Assert.That(ShardsOf(0), Is.EqualTo(4));
        Assert.That(ShardsOf(1), Is.LessThan(4));
    }
}
