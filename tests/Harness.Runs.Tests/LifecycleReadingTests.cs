using Harness.Cases;
using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;
using Harness.Tests;
using Operation = Harness.Model.Ownership.Operation;

namespace Harness.Runs.Tests;

/// <summary>The operations of a lifecycle, decoded from the probe's results, and compared with the machine.</summary>
public class LifecycleReadingTests
{
    private static readonly HostFacts Plain = new(Fwb: true, Dic: true);

    private static readonly HostFacts UnderHypervisor = Plain with { Mode = KvmMode.Protected };

    private static readonly Backing GuestMemory = new(
        VmaKind.GuestMemory,
        KernelMap.Known,
        VmaMemoryType.WriteBack,
        Sharing.Shared,
        AllowAnyUncached: false
    )
    {
        GuestMemory = GuestMemoryFlags.Mmap,
    };

    [Test]
    public void The_predicted_transition_is_a_match()
    {
        var c = Case(
            VmKind.Protected,
            Backing.Plain,
            Operation.Create,
            Operation.Bind,
            Operation.GuestStore,
            Operation.Load,
            Operation.Copy,
            Operation.GuestShare,
            Operation.Load,
            Operation.GuestShare,
            Operation.Destroy
        );
        var verdict = Judge(Mainline.V7_2, UnderHypervisor)
            .Decide(
                c,
                Observed(
                    c,
                    Ok,
                    Ok,
                    Report(0, GuestProgram.GuestWord),
                    Signal(11, 2),
                    Errno(14),
                    Report(1, 0),
                    Value(GuestProgram.GuestWord),
                    Report(2, 0xffff_fffd),
                    Vms(1)
                )
            );

        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Reason + verdict.Observed?.ToString());
        Assert.That(
            verdict.Path,
            Does.Contain(("4 load", "host-lost")).And.Contain(("8 guest-share", "share-refused"))
        );
        Assert.That(verdict.Evidence, Does.Contain(Evidence.Guest));
    }

    [TestCase("sees the guest's word")]
    [TestCase("sees zeroes")]
    public void A_host_that_gets_at_a_guest_s_page_is_a_mismatch_that_names_the_transition(string seen)
    {
        var c = Case(
            VmKind.Protected,
            Backing.Plain,
            Operation.Create,
            Operation.Bind,
            Operation.GuestStore,
            Operation.Load,
            Operation.Destroy
        );
        var verdict = Judge(Mainline.V7_2, UnderHypervisor)
            .Decide(
                c,
                Observed(
                    c,
                    Ok,
                    Ok,
                    Report(0, GuestProgram.GuestWord),
                    Value(seen == "sees zeroes" ? 0 : GuestProgram.GuestWord),
                    Vms(1)
                )
            );

        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "host-lost")));
        Assert.That(verdict.Reason, Does.Contain("the process can't access memory that a protected VM owns"));
        Assert.That(verdict.Observed?.ToString(), Does.Contain($"load: {seen}"));
    }

    [Test]
    public void A_machine_without_a_transition_contradicts_a_kernel_that_has_it()
    {
        var c = Case(
            VmKind.Protected,
            Backing.Plain,
            Operation.Create,
            Operation.Bind,
            Operation.GuestStore,
            Operation.Destroy,
            Operation.Load
        );
        var observed = Observed(c, Ok, Ok, Report(0, GuestProgram.GuestWord), Vms(1), Value(0));

        Assert.That(Judge(Mainline.V7_2, UnderHypervisor).Decide(c, observed).Kind, Is.EqualTo(VerdictKind.Match));
        var verdict = Judge(PolicyCatalog.Find("mainline-7.2-without-reclaim-dying")!, UnderHypervisor)
            .Decide(c, observed);
        Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "host-touch")));
    }

    [Test]
    public void A_VM_that_a_guest_memfd_holds_is_counted()
    {
        var c = Case(VmKind.Ordinary, GuestMemory, Operation.Create, Operation.Destroy);
        Assert.Multiple(() =>
        {
            Assert.That(
                Judge(Mainline.V7_2, Plain).Decide(c, Observed(c, Ok, Vms(2))).Kind,
                Is.EqualTo(VerdictKind.Match)
            );
            Assert.That(
                Judge(Mainline.V7_2, Plain).Decide(c, Observed(c, Ok, Vms(1))).Rule,
                Is.EqualTo("gmem-pins-vm")
            );
            Assert.That(
                Judge(Mainline.V7_2, Plain).Decide(c, Observed(c, Ok, Ok)).Kind,
                Is.EqualTo(VerdictKind.Match),
                "what can't be counted is no evidence"
            );
        });
    }

    [Test]
    public void A_loop_is_reported_as_one_and_where_it_is_predicted_it_is_a_match()
    {
        var withoutDic = new HostFacts(Fwb: false, Dic: false);
        var c = Case(
            VmKind.Ordinary,
            GuestMemory,
            Operation.Create,
            Operation.Bind,
            Operation.GuestLoad,
            Operation.GuestFetch,
            Operation.GuestLoad
        );
        var observed = Observed(c, Ok, Ok, Report(0, 0), Timeout, Timeout);
        Assert.Multiple(() =>
        {
            Assert.That(Judge(Mainline.V6_18, withoutDic).Decide(c, observed).Kind, Is.EqualTo(VerdictKind.Match));
            var verdict = Judge(Mainline.V7_2, withoutDic).Decide(c, observed);
            Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Hang, "guest-access")));
        });
    }

    [Test]
    public void Reports_after_the_guests_end_are_ignored()
    {
        var c = Case(
            VmKind.Protected,
            Backing.Plain,
            Operation.Create,
            Operation.Bind,
            Operation.GuestLoad,
            Operation.Peek,
            Operation.GuestLoad,
            Operation.Load
        );
        var verdict = Judge(Mainline.V7_1, UnderHypervisor)
            .Decide(c, Observed(c, Ok, Ok, Report(0, 0), Value(0), Fails(14), Value(0)));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match), verdict.Observed?.ToString());
    }

    [Test]
    public void Without_protected_VMs_the_remaining_operations_are_not_run()
    {
        var c = Case(VmKind.Protected, Backing.Plain, Operation.Create, Operation.Bind, Operation.GuestLoad);
        var refused = Observed(c, Errno(22));
        Assert.Multiple(() =>
        {
            Assert.That(Judge(Mainline.V7_2, Plain).Decide(c, refused).Kind, Is.EqualTo(VerdictKind.Match));
            Assert.That(Judge(Mainline.V7_2, UnderHypervisor).Decide(c, refused).Rule, Is.EqualTo("create"));
        });
    }

    [Test]
    public void Leftovers_are_a_mismatch()
    {
        var c = Case(VmKind.Ordinary, Backing.Plain, Operation.Create, Operation.Bind, Operation.GuestLoad);
        var verdict = Judge(Mainline.V7_2, Plain).Decide(c, Observed(c, last: 2, Ok, Ok, Report(0, 0)));
        Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
        Assert.That(verdict.Reason, Does.Contain("left behind after everything was closed: 1 vms"));
    }

    [Test]
    public void A_word_that_was_never_stored_is_reported()
    {
        var c = Case(VmKind.Ordinary, Backing.Plain, Operation.Create, Operation.Load);
        Assert.That(
            Judge(Mainline.V7_2, Plain).Decide(c, Observed(c, Ok, Value(0xdead))).Observed?.ToString(),
            Does.Contain("sees 0xdead, which was never stored")
        );
    }

    private static Judge Judge(Policy policy, HostFacts host) =>
        new(
            policy,
            new HostProfile("7.2.0", host, new ProbeAbilities(true, true, true), new Decoding(host.Fwb, null))
            {
                Possible = [host],
            }
        );

    private static Case Case(VmKind vm, Backing backing, params Operation[] operations) =>
        new LifecycleCase(backing, true, vm, new OperationList(operations));

    /// <summary>A step's result, derived from its result if everything succeeds.</summary>
    private delegate StepResult Answer(StepResult usual);

    private static Answer Ok => usual => usual;

    private static Answer Timeout => _ => new RunResult(10, Timeout: true) { Errno = 4 };

    private static Answer Errno(int errno) => usual => usual with { Errno = errno };

    private static Answer Fails(int errno) => _ => new RunResult(0) { Errno = errno };

    private static Answer Value(uint value) =>
        usual =>
            usual switch
            {
                TouchResult => new TouchResult(value),
                CopyResult => new CopyResult(value),
                _ => new PeekResult(value),
            };

    private static Answer Signal(int signal, int code) => _ => new TouchResult(null, signal, code, 0x1000);

    private static Answer Report(int index, uint value) =>
        _ => new RunResult(
            6,
            CaseLayout.ReportAddress,
            Length: 8,
            Write: true,
            Data: (ulong)value << 32 | GuestProgram.Finished + (uint)index
        );

    private static Answer Vms(int count) => _ => new CountersResult(Vms: count);

    private static Observation Observed(Case c, params Answer[] answers) => Observed(c, 1, answers);

    /// <summary>
    /// A result for each operation; every other step of the program succeeded, and there were two VMs before each count
    /// but the first.
    /// </summary>
    private static Observation Observed(Case c, int last, params Answer[] answers)
    {
        var compiled = Seen.Compiled(c);
        var lifecycle = compiled.Lifecycle!;
        var steps = compiled.Program.Steps.Select(s => EmptyResult.Of(s)).ToArray();
        for (int i = 0; i < answers.Length; i++)
        {
            int at = lifecycle.Operations[i].Step.Index;
            if (lifecycle.Operations[i].Counters is var (before, _))
                steps[before.Index] = new CountersResult(Vms: 2);
            steps[at] = answers[i](steps[at]);
        }
        steps[lifecycle.Before.Index] = new CountersResult(Vms: 1);
        steps[lifecycle.After.Index] = new CountersResult(Vms: last);
        bool ended = answers.Length == 1 && steps[lifecycle.Operations[0].Step.Index].Errno != 0;
        return Seen.Whole(c, ended ? steps[..(lifecycle.Operations[0].Step.Index + 1)] : steps);
    }
}
