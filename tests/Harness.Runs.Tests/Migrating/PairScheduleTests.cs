using Harness.Runs.Migrating;

namespace Harness.Runs.Tests.Migrating;

public sealed class PairScheduleTests
{
    /// <summary>Every number of hosts and every limit that a lab can have, with all pairs and with some.</summary>
    [Test]
    public void Every_pair_is_run_once_with_both_its_hosts_up_and_never_more_hosts_than_allowed(
        [Range(1, 14)] int hosts,
        [Values] bool some
    )
    {
        for (int atOnce = 2; atOnce <= hosts + 1; atOnce++)
        {
            var random = new Random(hosts * 100 + atOnce);
            (int From, int To)[] pairs =
            [
                .. from a in Enumerable.Range(0, hosts)
                from b in Enumerable.Range(0, hosts)
                where !some || random.Next(3) == 0
                select (a, b),
            ];
            random.Shuffle(pairs);
            var blocks = PairSchedule.Of(pairs, atOnce);
            Assert.That(blocks.SelectMany(b => b.Pairs).Order(), Is.EqualTo(pairs.Order()), $"{atOnce} at once");
            foreach (var block in blocks)
            {
                Assert.That(block.Hosts, Has.Count.LessThanOrEqualTo(atOnce).And.Unique);
                Assert.That(
                    block.Pairs.SelectMany(p => new[] { p.From, p.To }).Distinct(),
                    Is.SubsetOf(block.Hosts),
                    $"{atOnce} at once"
                );
            }
        }
    }

    [Test]
    public void Hosts_that_all_fit_are_one_block()
    {
        (int, int)[] pairs = [(3, 1), (1, 3), (7, 7)];
        var block = PairSchedule.Of(pairs, 3).Single();
        Assert.That(block.Hosts, Is.EquivalentTo(new[] { 3, 1, 7 }));
        Assert.That(block.Pairs, Is.EqualTo(pairs));
    }
}
