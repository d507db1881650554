using System.Collections.Concurrent;
using Harness.Cases;
using Harness.Model.Policies;
using Harness.Model.Tests.Tables;

namespace Harness.Model.Tests;

/// <summary>
/// A second opinion: decision tables, transcribed by hand from the source of one kernel of each generation by someone
/// who had not read the policies' rules, compared with the policies.
/// </summary>
[Parallelizable(ParallelScope.All)]
[Category("Slow")]
public class TableTests
{
    private static readonly string Folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "Tables");

    private static readonly Lazy<IReadOnlyList<AccessCase>> AllCases = new(() => [.. EverySequence()]);

    private static readonly ConcurrentDictionary<string, Lazy<Comparison>> Comparisons = new();

    public static IEnumerable<string> Generations =>
        Directory
            .GetFiles(Folder, "*.table")
            .Select(p => Path.GetFileNameWithoutExtension(p)!)
            .Order(StringComparer.Ordinal);

    [Test]
    public void Every_policy_with_sources_read_has_its_tables()
    {
        // For NVIDIA no release was read, but a tree, and what 6.14 consists of: mainline's, and a pull request.
        var read = ReleaseCatalog.All.Where(r => r.Read.Count > 0).Select(r => r.Policy!).Concat(NvidiaKernels.All);
        Assert.That(Generations, Is.EquivalentTo(read.Select(p => p.Name).Distinct()));
    }

    [TestCaseSource(nameof(Generations))]
    public void Every_case_on_every_host_ends_as_the_tables_say(string generation)
    {
        var compared = Compared(generation);

        Assert.Multiple(() =>
        {
            Assert.That(compared.Different, Is.Empty, compared.Explain);
            Assert.That(compared.Tables.UnusedRows, Is.Empty, "rows that no case reaches");
        });
    }

    [TestCaseSource(nameof(Generations))]
    public void A_policy_that_lacks_a_rule_is_distinguished_wherever_that_changes_what_it_decides(string generation)
    {
        var compared = Compared(generation);
        var policy = compared.Policy;

        var mutants = policy
            .AllRules.Select((r, i) => (r.Name, Seen: compared.Against(i, policy.Without(r.Name))))
            .ToList();

        Assert.Multiple(() =>
        {
            Assert.That(mutants.Where(m => m.Seen.ToldApart != m.Seen.Changed), Is.Empty);
            // Some rules only define a default; most of those that the tables' cases take do more.
            Assert.That(mutants.Count(m => m.Seen.ToldApart > 0), Is.GreaterThan(Fired(policy) * 2 / 3));
        });
    }

    private static int Fired(Policy policy)
    {
        RuleSet path = default;
        foreach (var host in HostFacts.All)
        foreach (var c in CaseSpace.Buildable)
        {
            policy.Decide(host, c, out var decision);
            path |= decision.Path;
        }
        return policy.RulesOf(path).Count;
    }

    [TestCaseSource(nameof(Generations))]
    public void Every_capability_is_answered_as_the_tables_say(string generation)
    {
        var (tables, policy) = (Compared(generation).Tables, Compared(generation).Policy);

        Assert.Multiple(() =>
        {
            foreach (int number in GenerationTables.CapabilityNumbers)
            {
                var capability = policy.Capabilities.SingleOrDefault(c => c.Number == number);
                Assert.That(capability, Is.Not.Null, $"{generation} has no answer for capability {number}");
                foreach (var host in capability is null ? [] : HostFacts.All)
                {
                    Assert.That(
                        capability!.OnVm(host),
                        Is.EqualTo(tables.Capability(number, system: false, host)),
                        $"{capability} of a VM on {host}"
                    );
                    Assert.That(
                        capability.System(host),
                        Is.EqualTo(tables.Capability(number, system: true, host)),
                        $"{capability} of /dev/kvm on {host}"
                    );
                }
            }
            Assert.That(tables.UnusedCapabilityRows, Is.Empty, "rows that nothing asks for");
        });
    }

    private static Comparison Compared(string generation) =>
        Comparisons
            .GetOrAdd(generation, name => new Lazy<Comparison>(() =>
                new Comparison(Path.Combine(Folder, $"{name}.table"), AllCases.Value)
            ))
            .Value;

    /// <summary>Every case that a machine can have, with each sequence of one or two accesses.</summary>
    private static IEnumerable<AccessCase> EverySequence()
    {
        var accesses = CaseSpace.Accesses;
        AccessList[] sequences =
        [
            .. from a in accesses select new AccessList(a),
            .. from a in accesses from b in accesses select new AccessList(a, b),
        ];
        return from c in CaseSpace.Buildable.DistinctBy(c =>
                (c.Backing, c.VmaWritable, c.Slot, c.Extent, c.Late, c.Mte)
            )
            from sequence in sequences
            let other = c with
            {
                Sequence = sequence,
            }
            where other.UnsupportedReason is null
            select other;
    }
}
