using Harness.Analysis.Identifications;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Identifications;

/// <summary>Policies that differ in page ownership.</summary>
public class LifecycleIdentifyTests
{
    private static readonly HostFacts Max = new(true, true);
    private static readonly HostFacts A76 = new(false, false);
    private static readonly HostFacts UnderHypervisor = Max with { Mode = KvmMode.Protected };

    private static readonly IReadOnlyList<Case> Space = [.. CaseSpace.Buildable, .. AllCases.LifecycleCases];

    /// <summary>As mainline-7.2, but with the machine of another generation.</summary>
    private static Policy Older(Machine machine) =>
        Mainline.V7_2.As($"older-{machine.Name}", "a test's").WithOwnership(machine);

    [Test]
    public void Policies_that_differ_only_in_ownership_are_separated_by_lifecycles()
    {
        var older = Older(Arm64.V7_1);

        var set = SeparatingSet.For([Mainline.V7_2, older], Space, times: 3);

        Assert.That(set, Has.Count.EqualTo(3), "the same three wherever they are asked");
        Assert.That(
            set.OfType<LifecycleCase>()
                .Select(c =>
                    HostFacts.Every.Count(h =>
                        Mainline.V7_2.Ownership.PartsFrom(older.Ownership, h, c.Scenario, c.Operations) is not null
                    )
                ),
            Has.All.EqualTo(HostFacts.Every.Count)
        );
    }

    [Test]
    public void Cases_that_only_protected_mode_distinguishes_run_there()
    {
        var lax = PolicyCatalog.Find("mainline-7.2-without-host-lost")!;

        var set = SeparatingSet.For([Mainline.V7_2, lax], Space, times: 1);
        var found = Identify.Of(
            [Mainline.V7_2, lax],
            Max,
            [],
            new Answers(new Dictionary<int, int>(), new Dictionary<int, int>()),
            Space
        );

        Assert.That(set.OfType<LifecycleCase>().Select(c => c.Vm), Is.EqualTo(new[] { VmKind.Protected }));
        Assert.That((found.Separators.Single().Case as LifecycleCase)?.Vm, Is.EqualTo(VmKind.Protected));
        Assert.That(found.Separators.Single().Host!.Mode, Is.EqualTo(KvmMode.Protected));
    }

    [Test]
    public void A_second_binding_of_a_range_is_described_by_its_operation()
    {
        var c = AllCases.LifecycleCases.First(c =>
            c.Backing.GuestMemory == GuestMemoryFlags.Mmap && c.Operations.Span.Contains(Operation.BindAgain)
        );

        var found = Identify.Of(
            [Mainline.V7_1, Mainline.V7_2],
            Max,
            [Play(Mainline.V7_2, Max, c)],
            new Answers(new Dictionary<int, int>(), new Dictionary<int, int>()),
            Space
        );

        Assert.That(found.Remaining, Is.EqualTo(new[] { Mainline.V7_2 }));
        var against = found.Suspects[0].Contradictions.Single();
        Assert.That(
            (against.Rule, against.Predicted, against.Observed),
            Is.EqualTo(("gmem-range-taken", "bind-again: EINVAL", "bind-again: EEXIST"))
        );
        Assert.That(against.Example, Does.Match($"^{c.Id}, ordinary VM, gmem:mmap, operation \\d+$"));
    }

    [Test]
    public void A_fetch_that_loops_without_DIC_is_of_6_18_to_7_0()
    {
        var c = AllCases.LifecycleCases.First(c =>
            Mainline.V6_18.Predict(A76, c).Operations.Any(a => a.Outcome == OperationOutcome.Loops)
        );

        var found = Identify.Of(
            Mainline.All,
            A76,
            [Play(Mainline.V7_0, A76, c)],
            new Answers(new Dictionary<int, int>(), new Dictionary<int, int>()),
            [c]
        );

        Assert.That(
            found.Remaining,
            Is.EqualTo(new[] { Mainline.V6_18, Mainline.V6_18_56, Mainline.V6_19, Mainline.V7_0 })
        );
        Assert.That(
            found.Suspects.Single(s => s.Policy == Mainline.V7_1).Contradictions.Single().Observed,
            Is.EqualTo("guest-fetch: the guest faults for ever")
        );
    }

    [Test]
    public void A_kernel_without_protected_VMs_is_reported_by_the_first_operation()
    {
        var c = AllCases.LifecycleCases.First(c => c.Vm == VmKind.Protected);

        var found = Identify.Of(
            [Mainline.V7_0, Mainline.V7_1],
            UnderHypervisor,
            [Play(Mainline.V7_1, UnderHypervisor, c)],
            new Answers(new Dictionary<int, int>(), new Dictionary<int, int>()),
            [c]
        );

        Assert.That(
            found.Suspects[0].Contradictions.Single(),
            Has.Property("Predicted").EqualTo("create: EINVAL").And.Property("Observed").EqualTo("create: done")
        );
    }

    [Test]
    public void The_separating_set_distinguishes_all_lifecycle_policies_and_stays_small()
    {
        var set = SeparatingSet.For(PolicyCatalog.All, Space, times: 3);

        foreach (var host in HostFacts.Every)
        foreach (var (one, other) in PolicyCatalog.All.Zip(PolicyCatalog.All.Skip(1)))
            Assert.That(
                Parts(set, one, other, host) || !Parts(AllCases.LifecycleCases, one, other, host),
                $"{one}, {other}, {host}"
            );
        Assert.That(set, Has.Count.LessThan(80));
        Assert.That(
            set.Count(c => c is LifecycleCase),
            Is.InRange(1, 30),
            "a lifecycle is a long case, and asked where it tells what no other does"
        );
        Assert.That(
            set.Where(c => c is LifecycleCase { Vm: VmKind.Protected }).Select(c => c.Backing.Kind),
            Has.All.EqualTo(VmaKind.Anonymous),
            "which takes no exporter"
        );
    }

    private static bool Parts(IReadOnlyList<Case> cases, Policy one, Policy other, HostFacts host) =>
        cases.Any(c =>
            c is LifecycleCase lifecycle
                ? one.Ownership.PartsFrom(other.Ownership, host, lifecycle.Scenario, lifecycle.Operations) is not null
                : Parts((AttributeCase)c, one, other, host)
        );

    private static bool Parts(AttributeCase c, Policy one, Policy other, HostFacts host)
    {
        one.Decide(host, c, out var first);
        other.Decide(host, c, out var second);
        return !first.Overlaps(in second);
    }

    private static Seen Play(Policy kernel, HostFacts host, Case c)
    {
        var did = kernel.Predict(host, c).Operations;
        int Deviation(Prediction p) =>
            p.Operations.Zip(did).TakeWhile(pair => pair.First.Outcome == pair.Second.Outcome).Count();
        return new Seen(
            c,
            p => p.Operations.Count == did.Count && Deviation(p) == did.Count,
            Refused: false,
            "all of it"
        )
        {
            Deviation = Deviation,
            Operations = [.. did.Select(a => $"{OperationText.Word(a.Operation)}: {a.Outcome}")],
        };
    }
}
