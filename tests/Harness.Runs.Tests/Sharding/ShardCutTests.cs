using Harness.Runs.Sharding;

namespace Harness.Runs.Tests.Sharding;

public sealed class ShardCutTests
{
    [TestCase("1/1", 1, 1)]
    [TestCase("3/8", 3, 8)]
    [TestCase("1000/1000", 1000, 1000)]
    public void A_part_is_a_number_of_a_number(string text, int number, int of)
    {
        Assert.That(Shard.Parse(text), Is.EqualTo(new Shard(number, of)));
        Assert.That(Shard.Parse(text)!.ToString(), Is.EqualTo(text));
    }

    [TestCase("0/8")]
    [TestCase("9/8")]
    [TestCase("a/b")]
    [TestCase("3")]
    [TestCase("3/")]
    [TestCase("3/8/9")]
    [TestCase("-1/8")]
    [TestCase("+1/8")]
    [TestCase("1 /8")]
    [TestCase("1/1001")]
    [TestCase("")]
    public void Anything_else_is_not(string text) => Assert.That(Shard.Parse(text), Is.Null);

    /// <summary>Hosts of every size, some with no case, some that can't be cut; the seed gives the sizes.</summary>
    private static ShardHost[] Hosts(int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, 1 + random.Next(30))
                .Select(i => new ShardHost(
                    $"host-{i}",
                    random.Next(6) == 0 ? 0 : random.Next(3000),
                    random.Next(5) == 0 ? 1 : random.Next(1_000_000),
                    random.Next(4) > 0
                )),
        ];
    }

    [Test]
    public void Every_case_is_in_one_shard_whatever_the_hosts_are([Range(1, 40)] int seed)
    {
        var hosts = Hosts(seed);
        for (int of = 1; of <= 16; of++)
        {
            var shards = ShardCut.Of(hosts, of);
            Assert.That(shards, Has.Count.EqualTo(of));
            for (int h = 0; h < hosts.Length; h++)
            {
                var parts = shards.SelectMany(s => s).Where(p => p.Host == h).ToList();
                Assert.That(
                    parts.SelectMany(p => Enumerable.Range(p.First, p.Count)).Order(),
                    Is.EqualTo(Enumerable.Range(0, hosts[h].Cases)),
                    $"{hosts[h]} in {of} shards"
                );
                Assert.That(parts, Is.Not.Empty, "a host without cases is in a shard, too");
                if (!hosts[h].CanBeCut)
                    Assert.That(parts, Has.Count.EqualTo(1), "a machine is there once");
            }
        }
    }

    [Test]
    public void No_shard_takes_much_longer_than_a_fair_share_where_hosts_can_be_cut([Range(2, 16)] int of)
    {
        for (int seed = 1; seed <= 40; seed++)
        {
            var hosts = Hosts(seed).Select(h => h with { CanBeCut = true }).ToArray();
            var shards = ShardCut.Of(hosts, of);
            long fair = hosts.Sum(h => h.Micros) / of;
            // A part of a host is not shorter than its start.
            Assert.That(
                shards.Max(ShardCut.Micros),
                Is.LessThanOrEqualTo(fair * 1.25 + 3 * ShardHost.MicrosToStart),
                $"seed {seed}"
            );
        }
    }

    [Test]
    public void One_long_host_is_cut_and_a_machine_that_is_there_once_is_not()
    {
        ShardHost[] qemu = [new("qemu", 1000, 100_000, CanBeCut: true)];
        Assert.That(ShardCut.Of(qemu, 4).Select(s => s.Sum(p => p.Count)), Is.EqualTo(new[] { 250, 250, 250, 250 }));
        ShardHost[] lab = [new("lab", 1000, 100_000, CanBeCut: false)];
        Assert.That(ShardCut.Of(lab, 4).Select(s => s.Sum(p => p.Count)), Is.EquivalentTo(new[] { 1000, 0, 0, 0 }));
    }

    [Test]
    public void Short_hosts_stay_whole()
    {
        ShardHost[] hosts = [.. Enumerable.Range(0, 8).Select(i => new ShardHost($"{i}", 100, 10_000, true))];
        var shards = ShardCut.Of(hosts, 4);
        Assert.That(shards.Select(s => s.Count), Is.All.EqualTo(2));
        Assert.That(shards.SelectMany(s => s).Select(p => p.Count), Is.All.EqualTo(100));
    }
}
