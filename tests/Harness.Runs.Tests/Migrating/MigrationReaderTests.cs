using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Runs.Migrating;

namespace Harness.Runs.Tests.Migrating;

/// <summary>Where a migration ended, decoded from the probes' results.</summary>
public sealed class MigrationReaderTests
{
    private const int Efault = 14,
        Enoent = 2,
        Eintr = 4,
        Enospc = 28;

    private static readonly Decoding Fwb = new(true, null);

    private static readonly Migration Plain = FakeVmm.Plain;
    private static readonly Migration Device = FakeVmm.Device;
    private static readonly Migration PreCopy = Plain with { PreCopy = true };

    private static FakeVmm Vmm(Func<Step, int, StepResult, StepResult>? but = null) =>
        new(Seen.NormalRwxFwb) { But = but ?? ((_, _, would) => would) };

    private static FakeVmm Failing(string op, int nth, int errno) =>
        Vmm(
            (step, n, would) =>
                step.Op == op && n == nth ? (op == "run" ? new RunResult(0) : would) with { Errno = errno } : would
        );

    private static ObservedSide Source(Migration m, FakeVmm vmm)
    {
        var program = MigrationCompiler.Source(m, FakeVmm.All);
        return MigrationReader.Source(m, program, vmm.Run(program.Program), Fwb);
    }

    private static ObservedSide Destination(Migration m, FakeVmm vmm)
    {
        var program = Rebuilding(m);
        return MigrationReader.Destination(m, program, vmm.Run(program.Program), Fwb);
    }

    private static DestinationProgram Rebuilding(Migration m)
    {
        var source = MigrationCompiler.Source(m, FakeVmm.All);
        return MigrationCompiler.Destination(m, FakeVmm.All, MovedState.Of(source, Vmm().Run(source.Program)));
    }

    [Test]
    public void A_source_that_was_not_stopped_by_anything_says_what_mapped_the_page([Values] bool preCopy)
    {
        var side = Source(preCopy ? PreCopy : Plain, Vmm());
        Assert.Multiple(() =>
        {
            Assert.That(side.End, Is.EqualTo(MigrationEnd.Resumed));
            Assert.That(side.How, Is.Null);
            Assert.That(
                side.Seen.Accesses,
                Has.Count.EqualTo(preCopy ? 2 : 1),
                "the store, and the first one under logging"
            );
            Assert.That(side.LeafAfter(0)?.ToString(), Is.EqualTo("Normal-WB rwx"));
            Assert.That(side.Seen.Change is not null, Is.EqualTo(preCopy));
        });
    }

    [Test]
    public void A_source_that_refuses_the_slot_is_where_it_ends()
    {
        var side = Source(Device, Failing("memslot", 0, FakeVmm.Einval));
        Assert.Multiple(() =>
        {
            Assert.That(side.End.ToString(), Is.EqualTo("source EINVAL"));
            Assert.That(side.Seen.Registration, Is.EqualTo(Errno.EINVAL));
        });
    }

    [TestCase(0, TestName = "A_guest_that_can_not_store_on_the_source_is_where_it_ends")]
    [TestCase(1, TestName = "A_guest_that_can_not_fill_its_memory_on_the_source_is_where_it_ends")]
    public void A_run_of_the_source_fails(int run)
    {
        var side = Source(Device, Failing("run", run, Efault));
        Assert.Multiple(() =>
        {
            Assert.That(side.End.ToString(), Is.EqualTo("source EFAULT"));
            Assert.That(side.Seen.Registration, Is.EqualTo(Errno.None));
        });
    }

    [Test]
    public void A_refused_switch_of_dirty_logging_ends_it_there_and_the_slot_was_registered()
    {
        var side = Source(Device with { PreCopy = true }, Failing("memslot", 2, FakeVmm.Einval));
        Assert.Multiple(() =>
        {
            Assert.That(side.End.ToString(), Is.EqualTo("dirty-log EINVAL"));
            Assert.That(side.Seen.Registration, Is.EqualTo(Errno.None));
            Assert.That(side.Seen.Change!.Errno, Is.EqualTo(Errno.EINVAL));
            Assert.That(side.Seen.Accesses, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public void A_run_while_memory_travels_may_fail_too()
    {
        var side = Source(PreCopy, Failing("run", 3, Efault));
        Assert.That(side.End.ToString(), Is.EqualTo("source EFAULT"));
        Assert.That(side.Seen.Change!.Errno, Is.EqualTo(Errno.None));
    }

    [Test]
    public void A_VM_that_finds_everything_has_resumed()
    {
        var side = Destination(Plain, Vmm());
        Assert.Multiple(() =>
        {
            Assert.That(side.End, Is.EqualTo(MigrationEnd.Resumed));
            Assert.That(side.Seen.Accesses.Select(a => a.Access), Is.EqualTo(new[] { Access.Read, Access.Write }));
            Assert.That(side.LeafAfter(0)?.ToString(), Is.EqualTo("Normal-WB rwx"));
        });
    }

    /// <summary>The destination's calls in order, each failing, with its stage.</summary>
    [TestCase("vm", 0, FakeVmm.Einval, "vm EINVAL")]
    [TestCase("memslot", 0, FakeVmm.Einval, "registration EINVAL")]
    [TestCase("restore-registers", 0, FakeVmm.Einval, "registers EINVAL")]
    [TestCase("run", 0, Efault, "first-run EFAULT")]
    [TestCase("run", 1, Efault, "first-access EFAULT")]
    [TestCase("run", 3, Efault, "onward EFAULT")]
    [TestCase("run", 4, Efault, "onward EFAULT")]
    public void A_call_that_fails_ends_it_in_its_stage_with_its_errno(string op, int nth, int errno, string end)
    {
        var side = Destination(Plain with { IpaBits = 48, AllRegisters = true }, Failing(op, nth, errno));
        Assert.Multiple(() =>
        {
            Assert.That(side.End.ToString(), Is.EqualTo(end));
            Assert.That(side.Seen.Registration, Is.EqualTo(op == "memslot" ? Errno.EINVAL : Errno.None));
        });
    }

    [Test]
    public void A_failing_preparation_ends_the_case_in_its_stage()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Destination(Device, Failing("open", 0, Enoent)).End.ToString(), Is.EqualTo("memory ENOENT"));
            Assert.That(Destination(Device, Failing("map", 0, Enospc)).End.ToString(), Does.StartWith("memory "));
            Assert.That(
                Destination(Plain, Failing("vcpu", 0, FakeVmm.Einval)).End.ToString(),
                Is.EqualTo("vcpu EINVAL")
            );
            Assert.That(
                Destination(Plain, Failing("restore-pages", 1, Efault)).End.ToString(),
                Is.EqualTo("content EFAULT")
            );
        });
    }

    [Test]
    public void A_load_that_leaves_the_guest_as_MMIO_ends_it_at_the_first_access()
    {
        var side = Destination(
            Device,
            Vmm(
                (step, n, would) => step.Op == "run" && n == 1 ? Seen.Mmio(CaseLayout.TestAddress, write: false) : would
            )
        );
        Assert.Multiple(() =>
        {
            Assert.That(side.End, Is.EqualTo(new MigrationEnd(MigrationStage.FirstAccess)));
            Assert.That(side.How, Does.Contain("MMIO"));
            Assert.That(side.Seen.Accesses[^1].Outcome, Is.EqualTo(Outcome.MmioExit));
        });
    }

    [Test]
    public void A_data_abort_in_the_guest_ends_it_at_the_first_access()
    {
        var side = Destination(
            Device,
            Vmm(
                (step, n, would) =>
                    step.Op == "run" && n == 1 ? Seen.Report(0x200u + 3)
                    : step.Op == "get-registers" && n == 1 ? FakeVmm.Registers(esr: 0x9600_0010)
                    : would
            )
        );
        Assert.Multiple(() =>
        {
            Assert.That(side.End, Is.EqualTo(new MigrationEnd(MigrationStage.FirstAccess)));
            Assert.That(side.Seen.Accesses[^1].Outcome.Kind, Is.EqualTo(OutcomeKind.GuestDataAbort));
        });
    }

    [TestCase(0, MigrationStage.FirstRun)]
    [TestCase(1, MigrationStage.FirstAccess)]
    [TestCase(2, MigrationStage.Data)]
    [TestCase(3, MigrationStage.Onward)]
    public void A_run_without_progress_ends_it_where_it_was_made(int run, MigrationStage stage)
    {
        var side = Destination(
            Plain,
            Vmm(
                (step, n, would) =>
                    step.Op == "run" && n == run ? new RunResult(Timeout: true) { Errno = Eintr } : would
            )
        );
        Assert.That(side.End.Stage, Is.EqualTo(stage));
        Assert.That(side.How, Is.EqualTo(Outcome.Stalls.ToString()));
    }

    [TestCase(0, "3 registers hold something else")]
    [TestCase(2, "3 words hold something else, the first at 0x40000040")]
    [TestCase(4, "3 words hold something else, the first at 0x40000040")]
    public void Words_that_differ_in_the_guest_are_counted_as_wrong_data(int run, string how)
    {
        var side = Destination(
            Plain,
            Vmm((step, n, would) => step.Op == "get-registers" && n == run ? FakeVmm.Registers(3, 0x4000_0040) : would)
        );
        Assert.Multiple(() =>
        {
            Assert.That(side.End, Is.EqualTo(new MigrationEnd(MigrationStage.Data)));
            Assert.That(side.How, Is.EqualTo(how));
        });
    }

    /// <summary>X17 is the result of the last comparison; neither a load nor a store compares.</summary>
    [TestCase(1)]
    [TestCase(3)]
    public void Where_nothing_is_compared_no_count_is_read(int run) =>
        Assert.That(
            Destination(
                Plain,
                Vmm((step, n, would) => step.Op == "get-registers" && n == run ? FakeVmm.Registers(3) : would)
            ).End,
            Is.EqualTo(MigrationEnd.Resumed)
        );

    [Test]
    public void A_report_out_of_order_is_no_evidence() =>
        Assert.That(
            () => Destination(Plain, Vmm((step, n, would) => step.Op == "run" && n == 1 ? Seen.Report(0x107) : would)),
            Throws.TypeOf<UnreadableObservationException>()
        );

    [Test]
    public void An_observation_of_nothing_is_no_evidence([Values] bool destination)
    {
        var (source, rebuilding) = (MigrationCompiler.Source(Plain, FakeVmm.All), Rebuilding(Plain));
        var nothing = new Observation(Plain.Id, ObservationEnd.Completed, null, 0, [], []);
        Assert.That(
            () =>
                destination
                    ? MigrationReader.Destination(Plain, rebuilding, nothing, Fwb)
                    : MigrationReader.Source(Plain, source, nothing, Fwb),
            Throws.TypeOf<UnreadableObservationException>()
        );
    }

    /// <summary>
    /// A program that ends early without an errno, or returns results of other steps than those sent, is an error of
    /// the probe.
    /// </summary>
    [Test]
    public void An_observation_that_is_not_its_programs_is_no_evidence()
    {
        var source = MigrationCompiler.Source(Plain, FakeVmm.All);
        var whole = Vmm().Run(source.Program);
        Observation[] odd =
        [
            whole with
            {
                Steps = [.. whole.Steps.Take(4)],
            },
            whole with
            {
                Steps = [.. whole.Steps.SkipLast(1)],
            },
            whole with
            {
                Steps = [.. whole.Steps.Skip(1)],
            },
            whole with
            {
                Steps = [.. whole.Steps.Select(s => s is SaveRegistersResult ? new SettleResult() : s)],
            },
        ];
        foreach (var observation in odd)
            Assert.That(
                () => MigrationReader.Source(Plain, source, observation, Fwb),
                Throws.TypeOf<UnreadableObservationException>()
            );
        var rebuilding = Rebuilding(Plain);
        var resumed = Vmm().Run(rebuilding.Program);
        Assert.That(
            () =>
                MigrationReader.Destination(
                    Plain,
                    rebuilding,
                    resumed with
                    {
                        Steps = [.. resumed.Steps.Take(8)],
                    },
                    Fwb
                ),
            Throws.TypeOf<UnreadableObservationException>()
        );
    }

    [Test]
    public void The_registers_that_were_refused_are_named_by_id_and_errno()
    {
        var program = Rebuilding(Plain).Program;
        var refusing = Vmm(
            (step, _, would) =>
                step.Op == "restore-registers"
                    ? new RestoreRegistersResult([new(0x6030000000100040, 22), new(0x603000000013df11, 2)])
                    : would
        );
        Assert.That(
            RegistersReader.Refused(refusing.Run(program)),
            Is.EqualTo(
                new Dictionary<ulong, Errno>
                {
                    [0x6030000000100040] = Errno.EINVAL,
                    [0x603000000013df11] = Errno.ENOENT,
                }
            )
        );
        Assert.That(
            RegistersReader.Refused(Failing("vm", 0, FakeVmm.Einval).Run(program)),
            Is.Null,
            "none was offered"
        );
    }

    [TestCase(1, 1, null)]
    [TestCase(1, 0, "ARM_CACHEABLE_PFNMAP_SUPPORTED was 1, and is 0")]
    [TestCase(0, 0, null)]
    public void The_first_capability_that_does_not_suffice_is_reported_with_both_answers(
        int source,
        int destination,
        string? told
    )
    {
        var asks = Device with { ChecksCapabilities = true };
        var (program, questions) = (
            MigrationCompiler.Source(asks, FakeVmm.All),
            MigrationCompiler.Questions(asks, FakeVmm.All)!
        );
        var left = new FakeVmm { Capability = _ => source }.Run(program.Program);
        var come = new FakeVmm { Capability = _ => destination }.Run(questions.Program);
        var found = MigrationReader.Insufficient(asks, program, left, questions, come);
        Assert.That(found is var (c, was, now) ? $"{c.Name} was {was}, and is {now}" : null, Is.EqualTo(told));
    }

    [Test]
    public void A_question_without_an_answer_is_no_evidence()
    {
        var asks = Device with { ChecksCapabilities = true };
        var program = MigrationCompiler.Source(asks, FakeVmm.All);
        var nothing = new Observation(asks.Id, ObservationEnd.Completed, null, 0, [], []);
        Assert.That(
            () =>
                MigrationReader.Insufficient(
                    asks,
                    program,
                    Vmm().Run(program.Program),
                    MigrationCompiler.Questions(asks, FakeVmm.All)!,
                    nothing
                ),
            Throws.TypeOf<UnreadableObservationException>()
        );
    }
}
