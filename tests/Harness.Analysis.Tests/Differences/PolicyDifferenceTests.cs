using Harness.Analysis.Differences;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Differences;

public class PolicyDifferenceTests
{
    private static readonly Dictionary<string, DecisionMap> Maps = [];

    private static IEnumerable<string> Names => PolicyCatalog.All.Select(p => p.Name);

    /// <summary>
    /// Every point of every pair. The expected description of a point is computed here from the two decisions alone:
    /// one change, or none.
    /// </summary>
    [TestCaseSource(nameof(Names))]
    public void The_description_covers_every_point_that_is_decided_differently_and_no_other(string name)
    {
        foreach (string later in Names.SkipWhile(n => n != name).Skip(1))
            Check(Map(name), Map(later));
    }

    [Test]
    public void So_it_does_the_other_way_round()
    {
        Check(Map("mainline-6.17"), Map("mainline-6.16"));
        Check(Map("proposal-v3"), Map("mainline-6.1"));
    }

    /// <summary>Joining several cubes in one sentence loses and adds nothing.</summary>
    [TestCaseSource(nameof(Names))]
    public void Its_words_say_the_same_as_its_cubes(string name)
    {
        var from = Map(name);
        foreach (string to in (string[])["mainline-6.16", "mainline-7.3", "proposal-v3"])
        {
            var difference = PolicyDifference.Between(from, Map(to));
            var read = DescriptionReader.Read(Description.Of(difference));
            Check(
                from,
                Map(to),
                difference with
                {
                    Changes = [.. difference.Changes.Select(c => c with { Cubes = read[c.Change] })],
                }
            );
        }
    }

    [Test]
    public void The_map_holds_what_the_policy_decides()
    {
        var map = Map("mainline-6.17");
        var hosts = HostFacts.All;
        for (int i = 0; i < DecisionMap.Points; i += 97)
        {
            Mainline.V6_17.Decide(hosts[i % hosts.Count], CaseSpace.Buildable[i / hosts.Count], out var decision);
            Assert.That(map.Distinct[map.At[i]], Is.EqualTo(decision));
        }
    }

    [Test]
    public void A_policy_does_not_differ_from_itself()
    {
        var difference = PolicyDifference.Between(Map("mainline-7.2"), Map("mainline-7.2"));

        Assert.That(difference.Changes, Is.Empty);
        Assert.That(difference.Capabilities, Is.Empty);
        Assert.That(difference.Rules, Is.Empty);
    }

    [Test]
    public void The_discoverable_part_of_6_17_takes_few_words()
    {
        var difference = PolicyDifference.Between(Map("mainline-6.16"), Map("mainline-6.17"));
        var paragraphs = Description.Of(difference);

        Assert.That(
            paragraphs.Sum(p => p.Clauses.Sum(c => Math.Max(1, c.Alternatives.Count))),
            Is.LessThanOrEqualTo(7)
        );
        Assert.That(paragraphs.Select(p => p.Heading), Has.Member("registration: accepted -> EINVAL"));
        Assert.That(paragraphs.Sum(p => p.Points), Is.EqualTo(difference.Differing));
        var cached = paragraphs.Single(p =>
            p.Heading == "access: Device-nGnRE (if VM_ALLOW_ANY_UNCACHED: Normal-NC) -> Normal-WB"
        );
        Assert.That(
            cached.Clauses.Single().Subject,
            Is.EqualTo(
                "any access but exec (write only if MAP_SHARED, writable VMA, writable memslot) of pfnmap memory outside the "
                    + "kernel's map, VMA type wb, VM without MTE, on a CPU with FWB and DIC"
            )
        );
        Assert.That(
            difference.Capabilities.Select(c => c.ToString()),
            Is.EqualTo(
                new[]
                {
                    "KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED (243): 0 -> 1 with FWB and DIC, else 0; on /dev/kvm: 0 -> EINVAL",
                }
            )
        );
    }

    [Test]
    public void Rules_are_gone_new_or_elsewhere()
    {
        var added = Mainline.V7_1.Rule("gmem-mte") with { Name = "mine" };
        var rules = RuleDifference.Between(
            Mainline.V7_1,
            Mainline.V7_1.As("mine", "").After("accept", added).Without("normal").Moved("writable", "elsewhere", "9.9")
        );
        var changed = RuleDifference.Between(Mainline.V6_16, Mainline.V6_17);

        Assert.That(
            rules.Select(r => (r.A?.Name, r.B?.Name)),
            Is.EquivalentTo(new (string?, string?)[] { (null, "mine"), ("normal", null), ("writable", "writable") })
        );
        Assert.That(rules.Single(r => r.Moved).B!.Source.Function, Is.EqualTo("elsewhere"));
        Assert.That(changed.Where(r => r.B is null).Select(r => r.A!.Name), Has.Member("device-unless-map-memory"));
        Assert.That(changed.Where(r => r.A is null).Select(r => r.B!.Name), Has.Member("cacheable-pfnmap-unsupported"));
        Assert.That(
            changed.Count(r => (r.A ?? r.B)!.Name == "normal"),
            Is.EqualTo(2),
            "rewritten: its condition is another"
        );
        Assert.That(changed.Select(r => (r.A ?? r.B)!.Name), Has.No.Member("no-vma"));
    }

    private static void Check(DecisionMap a, DecisionMap b) => Check(a, b, PolicyDifference.Between(a, b));

    private static void Check(DecisionMap a, DecisionMap b, PolicyDifference difference)
    {
        var changes = difference.Changes.Select(d => d.Change).ToList();
        var cubes = difference.Changes.Select(d => d.Cubes.ToArray()).ToArray();
        var hosts = HostFacts.All.Select(Inputs.Word).ToArray();
        var known = new Dictionary<(int, int), (int Change, int Access)>();
        string? first = null;
        int differing = 0,
            wrong = 0,
            point = 0;
        foreach (var c in CaseSpace.Buildable)
        {
            ulong[] words = [.. Enumerable.Range(0, c.Accesses.Count).Select(i => Inputs.Word(c, i))];
            foreach (ulong host in hosts)
            {
                var (of, to) = (a.At[point], b.At[point++]);
                if (!known.TryGetValue((of, to), out var due))
                    known.Add((of, to), due = Due(a.Distinct[of], b.Distinct[to], changes));
                differing += a.Distinct[of] == b.Distinct[to] ? 0 : 1;
                for (int i = 0; i < words.Length; i++)
                {
                    for (int change = 0; change < cubes.Length; change++)
                    {
                        bool said = Array.Exists(cubes[change], cube => cube.Contains(words[i] | host));
                        // Registration doesn't depend on the guest's accesses; accesses before the change are alike.
                        bool open = changes[change].Moment == DecisionPoint.Access && i > due.Access;
                        bool told =
                            change == due.Change
                            && (changes[change].Moment == DecisionPoint.Registration || i == due.Access);
                        if (said == told || open)
                            continue;
                        wrong++;
                        first ??=
                            $"{changes[change]} is {(said ? "" : "not ")}said of access {i} of {c} on a host like {point % hosts.Length}";
                    }
                }
            }
        }
        Assert.That(wrong, Is.Zero, $"{a.Policy} -> {b.Policy}: {first}");
        Assert.That(difference.Differing, Is.EqualTo(differing), $"{a.Policy} -> {b.Policy}");
    }

    /// <summary>
    /// The expected change, and its access; -1 for none. Later accesses may have any description: they differ anyway,
    /// or never happen; after a change of registration no access is compared.
    /// </summary>
    private static (int Change, int Access) Due(Decision a, Decision b, List<DecisionChange> changes)
    {
        var change = DecisionChange.Between(a, b, out int access);
        Assert.That(change is null, Is.EqualTo(a == b));
        if (change is null)
            return (-1, a.Count - 1);
        Assert.That(changes, Has.Member(change));
        return (changes.IndexOf(change), change.Moment == DecisionPoint.Registration ? int.MaxValue : access);
    }

    private static DecisionMap Map(string name)
    {
        lock (Maps)
        {
            if (!Maps.TryGetValue(name, out var map))
                Maps.Add(name, map = DecisionMap.Of(PolicyCatalog.Find(name)!));
            return map;
        }
    }
}
