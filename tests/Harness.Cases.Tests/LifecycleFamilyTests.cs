using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Protocol;
using Operation = Harness.Model.Ownership.Operation;

namespace Harness.Cases.Tests;

public class LifecycleFamilyTests
{
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true);

    private static readonly HostFacts Plain = new(Fwb: true, Dic: true);

    private static readonly HostFacts UnderHypervisor = Plain with { Mode = KvmMode.Protected };

    private static IReadOnlyList<LifecycleCase> Cases => AllCases.LifecycleCases;

    private static HostFacts HostOf(LifecycleCase c) => c.Vm == VmKind.Protected ? UnderHypervisor : Plain;

    [Test]
    public void Every_operation_of_every_walk_can_be_done_where_it_is_meant_to_be()
    {
        foreach (var c in Cases)
            Assert.That(
                PolicyCatalog.Newest.Predict(HostOf(c), c).Operations,
                Has.Count.EqualTo(c.Operations.Count),
                c.Key
            );
    }

    [Test]
    public void Every_transition_of_the_newest_kernel_is_taken_in_every_way_it_ends()
    {
        var machine = PolicyCatalog.Newest.Ownership;
        var taken = Cases
            .SelectMany(c =>
                new[] { Plain, UnderHypervisor }.SelectMany(h => machine.Follow(h, c.Scenario, c.Operations))
            )
            .Select(s => s.By.Name)
            .ToHashSet();
        Assert.That(machine.Transitions.Select(t => t.Name).Except(taken), Is.Empty);
    }

    [Test]
    public void From_every_state_within_four_operations_every_operation_is_tried()
    {
        Operation[] operations =
        [
            Operation.Create,
            Operation.Bind,
            Operation.Unbind,
            Operation.Destroy,
            Operation.Load,
            Operation.Store,
            Operation.Copy,
            Operation.Peek,
            Operation.GuestLoad,
            Operation.GuestStore,
            Operation.GuestFetch,
            Operation.GuestShare,
            Operation.GuestUnshare,
        ];
        var machine = PolicyCatalog.Newest.Ownership;
        foreach (
            var walks in Cases
                .Where(c => c is { VmaWritable: true, Backing.Kind: VmaKind.Anonymous })
                .GroupBy(c => c.Scenario)
        )
        {
            var host = HostOf(walks.First());
            var tried = walks.SelectMany(c => Passed(machine, host, c)).ToHashSet();
            var states = new HashSet<PageState> { walks.Key.Start };
            for (int depth = 0; depth < 4; depth++)
                states.UnionWith([
                    .. from s in states
                    from a in operations
                    let t = machine.Take(new TransitionContext(host, walks.Key, a, s))
                    where t is not null
                    select t.After,
                ]);
            foreach (var state in states)
            foreach (
                var operation in operations.Where(a =>
                    machine.Take(new TransitionContext(host, walks.Key, a, state)) is not null
                )
            )
                Assert.That(tried, Does.Contain((state, operation)), $"{walks.Key}: {operation} in {state}");
        }
    }

    [Test]
    public void Each_operation_is_answered_by_a_step_of_its_own()
    {
        foreach (var c in Cases)
        {
            var compiled = CaseCompiler.Compile(c, All);
            var (lifecycle, steps) = (compiled.Lifecycle!, compiled.Program.Steps);
            Assert.That(lifecycle.Operations.Select(a => a.Operation), Is.EqualTo(c.Operations.Span.ToArray()), c.Key);
            Assert.That(lifecycle.Operations.Select(a => a.Step.Index), Is.Ordered.And.Unique, c.Key);
            Assert.That((lifecycle.Before.Index, lifecycle.After.Index), Is.EqualTo((0, steps.Count - 1)));
            Assert.That(steps[^2], Is.TypeOf<CloseAllStep>(), "whatever there is, is gone when it is counted");
        }
    }

    [Test]
    public void A_guest_runs_all_its_operations()
    {
        foreach (var c in Cases)
        {
            var steps = CaseCompiler.Compile(c, All).Program.Steps;
            Assert.That(
                steps.Count(s => s is RunStep),
                Is.EqualTo(
                    c.Operations.Span.ToArray()
                        .Count(a => a is >= Operation.GuestLoad and <= Operation.OtherLoad or Operation.GuestLdp)
                ),
                c.Key
            );
        }
    }

    [Test]
    public void Many_transitions_share_one_protected_VM()
    {
        var walks = Cases
            .Where(c => c is { Vm: VmKind.Protected, VmaWritable: true, Backing.Kind: VmaKind.Anonymous })
            .ToList();
        Assert.That(walks.Average(c => c.Operations.Count), Is.GreaterThan(8));
    }

    private static IEnumerable<(PageState State, Operation Operation)> Passed(
        Machine machine,
        HostFacts host,
        LifecycleCase c
    )
    {
        var at = c.Scenario.Start;
        foreach (var step in machine.Follow(host, c.Scenario, c.Operations))
        {
            yield return (at, step.Operation);
            at = step.After;
        }
    }
}
