using Harness.Analysis.Identifications;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Identifications;

/// <summary>
/// A policy simulates the host: its decisions are the observations. Where a decision is open, its first alternative is
/// used.
/// </summary>
public class IdentifyTests
{
    private static readonly HostFacts Max = new(true, true);
    private static readonly HostFacts A76 = new(false, false);

    private static readonly IReadOnlyList<Case> Set = SeparatingSet.For(
        PolicyCatalog.All,
        CaseSpace.Buildable,
        times: 3
    );

    private static Identification Host(
        Policy kernel,
        HostFacts host,
        IReadOnlyList<Case>? cases = null,
        bool answers = true
    ) =>
        Identify.Of(
            PolicyCatalog.All,
            host,
            [.. (cases ?? Set).Select(c => Play(kernel.Predict(host, c), c))],
            answers
                ? new Answers(
                    kernel.Capabilities.ToDictionary(c => c.Number, c => c.OnVm(host)),
                    kernel.Capabilities.ToDictionary(c => c.Number, c => c.System(host))
                )
                : new Answers(new Dictionary<int, int>(), new Dictionary<int, int>()),
            CaseSpace.Buildable
        );

    private static Seen Play(Prediction did, Case c) =>
        new(c, p => Allows(p, did), did.Registration != Errno.None, did.ToString());

    private static bool Allows(Prediction p, Prediction did) =>
        p.Registration == did.Registration
        && p.Accesses.Count == did.Accesses.Count
        && p.Accesses.Zip(did.Accesses)
            .All(pair => pair.First.Outcome.Allows(pair.Second.Outcome with { Unspecified = Unspecified.None }));

    // Policies that only a CPU with tags, protected mode or the kernel's configuration would distinguish.
    [TestCase("mainline-6.1", "mainline-6.1", "mainline-6.1")]
    [TestCase("mainline-6.2", "mainline-6.2", "mainline-6.2")]
    [TestCase("mainline-6.5", "mainline-6.5", "mainline-6.5")]
    [TestCase("mainline-6.8", "mainline-6.8", "mainline-6.8")]
    [TestCase("mainline-6.9", "mainline-6.9 mainline-6.10", "mainline-6.9 mainline-6.10")]
    [TestCase(
        "mainline-6.16",
        "mainline-6.13 mainline-6.14 mainline-6.16",
        "mainline-6.13 mainline-6.14 mainline-6.16"
    )]
    [TestCase("mainline-6.17", "mainline-6.17 nvidia-6.14", "mainline-6.17 nvidia-6.14")]
    [TestCase("nvidia-6.11", "nvidia-6.11", "nvidia-6.11")]
    [TestCase("mainline-6.18", "mainline-6.18", "mainline-6.18")]
    [TestCase("mainline-6.19", "mainline-6.19 mainline-7.0 mainline-7.1", "mainline-6.19 mainline-7.0")]
    [TestCase("mainline-7.1", "mainline-6.19 mainline-7.0 mainline-7.1", "mainline-7.1")]
    [TestCase("mainline-7.2", "mainline-7.2", "mainline-7.2")]
    [TestCase("mainline-7.2.10", "mainline-7.2.10", "mainline-7.2.10")]
    [TestCase("mainline-6.12.113", "mainline-6.12.113", "mainline-6.12.113")]
    [TestCase("mainline-6.1.191", "mainline-6.1.191", "mainline-6.1.191")]
    [TestCase("mainline-7.3", "mainline-7.3", "mainline-7.3")]
    [TestCase("proposal-v3-discoverable", "proposal-v3-discoverable", "proposal-v3-discoverable")]
    public void A_host_is_known_by_what_it_does_and_says(string kernel, string onMax, string onA76)
    {
        Assert.That(Host(PolicyCatalog.Find(kernel)!, Max).Remaining.Select(p => p.Name), Is.EqualTo(onMax.Split(' ')));
        Assert.That(Host(PolicyCatalog.Find(kernel)!, A76).Remaining.Select(p => p.Name), Is.EqualTo(onA76.Split(' ')));
    }

    [Test]
    public void Without_its_capabilities_a_kernel_is_distinguished_from_its_neighbours_by_what_it_does_alone() =>
        Assert.That(
            Host(Mainline.V7_2_10, Max, answers: false).Remaining.Select(p => p.Name),
            Is.EqualTo(new[] { "mainline-7.2.10", "mainline-7.3" })
        );

    [Test]
    public void A_kernel_with_a_wrong_rule_is_not_named_and_the_rule_is()
    {
        var wrong = Mainline.V7_2.Without("cacheable-pfnmap-unsupported");

        var found = Host(wrong, A76);

        Assert.That(found.Remaining, Is.Empty);
        Assert.That(
            found.Suspects.Single(s => s.Policy == Mainline.V7_2).Contradictions.Select(c => c.Rule),
            Is.EqualTo(new[] { "cacheable-pfnmap-unsupported" })
        );
    }

    [Test]
    public void Every_other_policy_is_contradicted_by_a_case_or_a_capability_with_both_sides_in_words()
    {
        var found = Host(Mainline.V6_12_113, Max);

        foreach (var suspect in found.Suspects.Where(s => s.Policy != Mainline.V6_12_113))
            Assert.That(
                suspect.Contradictions,
                Is.Not.Empty.And.All.Matches<Contradicted>(c => c.Predicted != c.Observed),
                suspect.Policy.Name
            );
        var v617 = found.Suspects.Single(s => s.Policy == Mainline.V6_17).Contradictions;
        Assert.That(v617.Select(c => c.Rule), Has.Member("cap-243"));
    }

    [Test]
    public void Remaining_candidates_come_with_a_deciding_case_or_host()
    {
        var onlyGrace = CaseSpace
            .Buildable.Where(c => c.Key == "pfnmap:unknown:wb:shared vma=rw slot=none read")
            .ToArray();

        var found = Host(Mainline.V6_17, Max, onlyGrace, answers: false);

        var gmem = found.Separators.Single(s => (s.One, s.Other) == (Mainline.V6_17, Mainline.V6_18));
        Assert.That(gmem.Case!.Backing.Kind, Is.EqualTo(VmaKind.GuestMemory));
        Assert.That(gmem.Host, Is.Null);
        var relaxed = found.Separators.Single(s => (s.One, s.Other) == (Mainline.V7_0, Mainline.V7_1));
        Assert.That((relaxed.Case!.Backing.Kind, relaxed.Host!.Dic), Is.EqualTo((VmaKind.GuestMemory, false)));
        var exclusives = found.Separators.Single(s => (s.One, s.Other) == (Mainline.V6_19, Mainline.V7_0));
        Assert.That(exclusives.Case, Is.Null);
        Assert.That(((AttributeCase)exclusives.Unspecified!).Accesses[0], Is.EqualTo(Access.Exclusive));
    }

    [Test]
    public void The_separating_set_distinguishes_every_two_policies_that_any_case_does()
    {
        foreach (var host in HostFacts.All)
            for (int i = 0; i < PolicyCatalog.All.Count; i++)
            for (int j = 0; j < i; j++)
            {
                var (one, other) = (PolicyCatalog.All[i], PolicyCatalog.All[j]);
                Assert.That(
                    Apart(Set, one, other, host) || !Apart(CaseSpace.Buildable, one, other, host),
                    $"{one}, {other}, {host}"
                );
            }
        Assert.That(Set, Has.Count.LessThan(60));
    }

    private static bool Apart(IReadOnlyList<Case> cases, Policy one, Policy other, HostFacts host)
    {
        foreach (var c in cases)
        {
            one.Decide(host, (AttributeCase)c, out var first);
            other.Decide(host, (AttributeCase)c, out var second);
            if (!first.Overlaps(in second))
                return true;
        }
        return false;
    }
}
