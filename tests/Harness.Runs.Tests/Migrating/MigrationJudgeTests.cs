using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Migrating;
using Harness.Store;

namespace Harness.Runs.Tests.Migrating;

/// <summary>What two hosts did with a VM, compared with what their policies allow.</summary>
public sealed class MigrationJudgeTests
{
    private const int Efault = 14;

    private static readonly HostFacts Both = new(Fwb: true, Dic: true);
    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    private static JudgedHost Host(string name, Policy policy, HostFacts facts) =>
        new(name, policy, new HostProfile("7.2.0", facts, FakeVmm.All, new Decoding(facts.Fwb, null)));

    private static readonly JudgedHost Rich = Host("rich", Mainline.V7_2, Both);
    private static readonly JudgedHost Poor = Host("poor", Mainline.V7_2, Neither);
    private static readonly JudgedHost Old = Host("old", Mainline.V6_9, Neither);

    private static FakeVmm Vmm(
        JudgedHost host,
        ulong? descriptor = null,
        Func<Step, int, StepResult, StepResult>? but = null
    ) =>
        new(descriptor ?? (host.Profile.Decoding.Fwb ? Seen.NormalRwxFwb : Seen.NormalRwNoFwb))
        {
            But = but ?? ((_, _, would) => would),
        };

    private static FakeVmm Failing(JudgedHost host, string op, int nth, int errno) =>
        Vmm(host, null, (step, n, would) =>
            step.Op == op && n == nth ? (op == "run" ? new RunResult(0) : would) with { Errno = errno } : would
        );

    private static MigrationVerdict Judge(
        Migration m,
        JudgedHost from,
        JudgedHost to,
        FakeVmm? source = null,
        FakeVmm? destination = null
    )
    {
        var program = MigrationCompiler.Source(m, from.Profile.Abilities);
        var stopped = (source ?? Vmm(from)).Run(program.Program);
        var left = MigrationReader.Source(m, program, stopped, from.Profile.Decoding);
        var judge = new MigrationJudge(from, to);
        if (left.End.Stage != MigrationStage.Resumed)
            return judge.Decide(m, new ObservedMigration(left.End, left, null, left.How), null);
        var rebuilding = MigrationCompiler.Destination(m, to.Profile.Abilities, MovedState.Of(program, stopped));
        var resumed = (destination ?? Vmm(to)).Run(rebuilding.Program);
        var come = MigrationReader.Destination(m, rebuilding, resumed, to.Profile.Decoding);
        return judge.Decide(
            m,
            new ObservedMigration(come.End, left, come, come.How) { Refused = RegistersReader.Refused(resumed) },
            null
        );
    }

    [Test]
    public void A_migration_that_ends_as_predicted_matches_and_stores_both_leaves()
    {
        var (verdict, record) = Judge(FakeVmm.Plain, Rich, Poor);
        Assert.Multiple(() =>
        {
            Assert.That(
                (verdict.Kind, verdict.Culprit, verdict.Reason),
                Is.EqualTo((VerdictKind.Match, Culprit.None, ""))
            );
            Assert.That(verdict.Observed?.ToString(), Is.EqualTo("resumed, Normal-WB rwx to Normal-WB rw-"));
            Assert.That(verdict.Predicted?.ToString(), Does.StartWith("resumed, "));
            Assert.That((record!.Stage, record.Errno), Is.EqualTo(("resumed", (string?)null)));
            Assert.That(
                (record.SourceLeaf, record.DestinationLeaf, record.Refused),
                Is.EqualTo(("Normal-WB rwx", "Normal-WB rw-", 0))
            );
            Assert.That((record.Violation, record.ViolationRule), Is.EqualTo(((string?)null, (string?)null)));
            Assert.That(verdict.Path.Select(p => p.At).Distinct(), Is.EqualTo(new[] { "source", "destination" }));
        });
    }

    [Test]
    public void A_refusal_that_is_foreseen_matches_and_breaks_nothing()
    {
        var (verdict, record) = Judge(
            FakeVmm.Device,
            Rich,
            Poor,
            destination: Failing(Poor, "memslot", 0, FakeVmm.Einval)
        );
        Assert.Multiple(() =>
        {
            Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Match, "cacheable-pfnmap-unsupported")));
            Assert.That(
                (record!.Stage, record.Errno, record.Violation),
                Is.EqualTo(("registration", "EINVAL", (string?)null))
            );
        });
    }

    [Test]
    public void A_destination_that_takes_what_it_must_refuse_contradicts_its_own_rule_and_weakens_the_memory()
    {
        var (verdict, record) = Judge(FakeVmm.Device, Rich, Poor, destination: Vmm(Poor, Seen.DeviceRw));
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(verdict.Reason, Does.StartWith("contradicts mainline-7.2 on poor: "));
            Assert.That(record!.DestinationLeaf, Is.EqualTo("Device-nGnRE rw-"));
            Assert.That(record.Violation, Is.EqualTo("no-silent-weakening"));
        });
    }

    [Test]
    public void A_source_that_refuses_what_it_must_take_contradicts_its_own_rule()
    {
        var (verdict, record) = Judge(FakeVmm.Plain, Old, Rich, source: Failing(Old, "memslot", 0, FakeVmm.Einval));
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(verdict.Reason, Does.StartWith("contradicts mainline-6.9 on old: "));
            Assert.That((record!.Stage, record.Errno), Is.EqualTo(("source", "EINVAL")));
        });
    }

    [Test]
    public void A_host_that_shows_no_descriptor_is_not_taken_to_be_safe()
    {
        JudgedHost Blind(JudgedHost host) =>
            host with
            {
                Profile = host.Profile with { Abilities = host.Profile.Abilities with { Descriptor = false } },
            };
        var (verdict, record) = Judge(FakeVmm.Device, Blind(Rich), Blind(Old));
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match));
            Assert.That(
                (record!.SourceLeaf, record.DestinationLeaf),
                Is.EqualTo(((string?)null, (string?)null)),
                "what was not seen is not told as seen"
            );
            Assert.That(
                (record.Violation, record.ViolationRule),
                Is.EqualTo(("no-silent-weakening", "device-unless-map-memory"))
            );
        });
    }

    [Test]
    public void An_older_kernel_that_makes_it_Device_does_as_it_is_known_to_and_the_violation_is_named_with_its_rule()
    {
        var (verdict, record) = Judge(FakeVmm.Device, Rich, Old, destination: Vmm(Old, Seen.DeviceRw));
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Match));
            Assert.That(verdict.Reason, Does.StartWith("breaks no-silent-weakening: "));
            Assert.That(
                (record!.Violation, record.ViolationRule),
                Is.EqualTo(("no-silent-weakening", "device-unless-map-memory"))
            );
            Assert.That(
                verdict.Breaches.Select(b => (b.Property, b.Predicted)),
                Is.EqualTo(new[] { (record.Violation!, true) })
            );
        });
    }

    [Test]
    public void Wrong_words_contradict_that_a_VM_resumes_and_something_is_lost()
    {
        var (verdict, record) = Judge(
            FakeVmm.Plain,
            Rich,
            Poor,
            destination: Vmm(Poor, null, (step, n, would) =>
                step.Op == "get-registers" && n == 2 ? FakeVmm.Registers(1, 0x4000_0000) : would
            )
        );
        Assert.Multiple(() =>
        {
            Assert.That((verdict.Kind, verdict.Rule), Is.EqualTo((VerdictKind.Mismatch, "resumes")));
            Assert.That(verdict.Reason, Does.Contain("mainline-7.2 on poor"));
            Assert.That(
                verdict.Observed?.ToString(),
                Is.EqualTo(
                    "data (1 words hold something else, the first at 0x40000000), Normal-WB rwx to Normal-WB rw-"
                )
            );
            Assert.That(record!.Violation, Is.EqualTo("nothing-lost"));
        });
    }

    [Test]
    public void A_first_access_that_dies_without_a_refusal_before_is_both_a_mismatch_and_too_late()
    {
        var (verdict, record) = Judge(FakeVmm.Plain, Rich, Poor, destination: Failing(Poor, "run", 1, Efault));
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(verdict.Reason, Does.StartWith("contradicts mainline-7.2 on poor: "));
            Assert.That(
                (record!.Stage, record.Errno, record.Violation),
                Is.EqualTo(("first-access", "EFAULT", "refused-in-time"))
            );
        });
    }

    [Test]
    public void A_refused_register_of_a_VMM_that_insists_contradicts_that_registers_can_be_restored()
    {
        var (verdict, _) = Judge(
            FakeVmm.Plain with
            {
                AllRegisters = true,
            },
            Rich,
            Rich,
            destination: Failing(Rich, "restore-registers", 0, FakeVmm.Einval)
        );
        Assert.That(
            (verdict.Kind, verdict.Rule, verdict.Observed?.ToString()),
            Is.EqualTo((VerdictKind.Mismatch, "registers-restored", "registers EINVAL (restore-registers)"))
        );
    }

    /// <summary>If the migration ended on the source, no rule of the destination can be wrong.</summary>
    [Test]
    public void A_VM_that_the_source_refuses_is_held_against_the_source()
    {
        var (verdict, record) = Judge(
            FakeVmm.Plain with
            {
                IpaBits = 32,
            },
            Rich,
            Old,
            source: Failing(Rich, "vm", 0, FakeVmm.Einval)
        );
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Kind, Is.EqualTo(VerdictKind.Mismatch));
            Assert.That(record!.Stage, Is.EqualTo("source"));
            Assert.That(verdict.Reason, Does.Contain(" on rich: "));
            Assert.That(verdict.Rule, Is.EqualTo("ipa-size"));
        });
    }

    [Test]
    public void Only_cases_that_depend_on_an_unknown_fact_are_skipped()
    {
        var vague = Rich with
        {
            Name = "vague",
            Profile = Rich.Profile with { Possible = [Both, Both with { Fwb = false }] },
        };
        var refused = Judge(
            FakeVmm.Device,
            Rich,
            vague,
            destination: Failing(vague, "memslot", 0, FakeVmm.Einval)
        ).Verdict;
        Assert.Multiple(() =>
        {
            Assert.That((refused.Kind, refused.Culprit), Is.EqualTo((VerdictKind.Skip, Culprit.Platform)));
            Assert.That(refused.Reason, Does.Contain("unknown"));
            Assert.That(refused.Predicted?.ToString(), Does.Contain("; or "));
            Assert.That(
                Judge(FakeVmm.Plain, Rich, vague).Verdict.Kind,
                Is.EqualTo(VerdictKind.Match),
                "ordinary memory is the same on both"
            );
            Assert.That(
                Judge(
                    FakeVmm.Plain,
                    Rich,
                    vague,
                    destination: Failing(vague, "memslot", 0, FakeVmm.Einval)
                ).Verdict.Kind,
                Is.EqualTo(VerdictKind.Mismatch),
                "neither host may refuse it"
            );
        });
    }

    [Test]
    public void A_skipped_case_still_shows_its_prediction()
    {
        var (verdict, record) = new MigrationJudge(Rich, Poor).Without(
            FakeVmm.Device,
            VerdictKind.Infrastructure,
            Culprit.Infrastructure,
            "the plug was pulled"
        );
        Assert.Multiple(() =>
        {
            Assert.That(
                (verdict.Reason, verdict.Predicted?.ToString(), verdict.Observed?.ToString()),
                Is.EqualTo(("the plug was pulled", "registration EINVAL", (string?)null))
            );
            Assert.That(record, Is.EqualTo(new Store.MigrationRecord()));
        });
    }
}
