using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Tests.Migrations;

/// <summary>The VMM's steps on either side of a migration, and the stage of each.</summary>
public sealed class MigrationCompilerTests
{
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: false, Secretmem: true);
    private static readonly ProbeAbilities Poor = new(Exporter: false, Descriptor: false, Trace: false);

    private static readonly MovedState State = new(
        [new SavedRegister(0x6030000000100040, [7])],
        [new SavedPage(0, [0, 0, 0])],
        [
            [new SavedPage(0, [1, 2, 3])],
            [new SavedPage(4096, [4, 5, 6])],
        ]
    );

    private static readonly Migration Plain = Migration.Of(
        new AccessCase(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Write))
    );

    private static readonly Migration Device = Plain with
    {
        Case = Plain.Case with
        {
            Backing = new Backing(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
        },
    };

    private static readonly Migration GuestMemory = AllMigrations.Migrations.First(m =>
        m.Case.Backing.Kind == VmaKind.GuestMemory
    );

    private static IEnumerable<Migration> Everything =>
        AllMigrations.Migrations.Concat(
            AllMigrations
                .Migrations.Select(m => m with { AllRegisters = true, IpaBits = 44 })
                .Where(m => m.UnsupportedReason is null)
        );

    [Test]
    public void Tags_are_saved_of_a_stopped_guest_and_restored_after_the_memory()
    {
        var tagged = Plain with { Case = Plain.Case with { Mte = true } };
        var source = MigrationCompiler.Source(tagged, All);
        var destination = MigrationCompiler.Destination(tagged, All, State with { Tags = [1, 2, 3] });
        string[] saved = Ops(source),
            restored = Ops(destination);
        int at = Array.IndexOf(restored, "restore-tags");
        Assert.Multiple(() =>
        {
            Assert.That(Array.IndexOf(saved, "save-tags"), Is.GreaterThan(Array.IndexOf(saved, "settle")));
            Assert.That(restored[at - 1], Is.EqualTo("restore-pages"));
            Assert.That(destination.Stages[at], Is.EqualTo(MigrationStage.Content));
            Assert.That(
                destination.Program.Steps.OfType<RestoreTagsStep>().Single(),
                Is.EqualTo(new RestoreTagsStep("vm", 0x4000_0000, State.Tags ?? [1, 2, 3]))
                    .Using<RestoreTagsStep>((a, b) => a.Gpa == b.Gpa && a.Tags.SequenceEqual(b.Tags))
            );
            Assert.That(Ops(MigrationCompiler.Destination(Plain, All, State)), Does.Not.Contain("restore-tags"));
            Assert.That(Ops(MigrationCompiler.Source(Plain, All)), Does.Not.Contain("save-tags"));
        });
    }

    private static string[] Ops(MigrationProgram program) => [.. program.Program.Steps.Select(s => s.Op)];

    [Test]
    public void Every_step_of_either_side_has_a_stage_and_survives_the_wire()
    {
        foreach (var m in Everything)
        foreach (var host in (ProbeAbilities[])[All, Poor])
        foreach (
            var side in (MigrationProgram[])
                [MigrationCompiler.Source(m, host), MigrationCompiler.Destination(m, host, State)]
        )
        {
            Assert.That(side.Stages, Has.Count.EqualTo(side.Program.Steps.Count), m.Key);
            Assert.That(side.Program.Case, Is.EqualTo(m.Id));
            string text = Messages.Text(side.Program);
            Assert.That(Messages.Text(Messages.ReadProgram(text)), Is.EqualTo(text), m.Key);
            StepNames.AssertSetBeforeUsed(side.Program.Steps, m.Key);
        }
    }

    /// <summary>
    /// Capabilities, VM, slots, vCPU, registers, memory, runs: a step's stage is the one that fails with it.
    /// </summary>
    [Test]
    public void The_destination_goes_through_its_stages_in_their_order_and_never_back()
    {
        foreach (var m in Everything)
        {
            var program = MigrationCompiler.Destination(m, All, State);
            Assert.That(program.Stages, Is.Ordered, m.Key);
            Assert.That(
                program.Stages.Distinct(),
                Is.EqualTo(
                    new[]
                    {
                        MigrationStage.Memory,
                        MigrationStage.Vm,
                        MigrationStage.Registration,
                        MigrationStage.Vcpu,
                        MigrationStage.Registers,
                        MigrationStage.Content,
                        MigrationStage.FirstRun,
                        MigrationStage.FirstAccess,
                        MigrationStage.Data,
                        MigrationStage.Onward,
                    }
                ),
                m.Key
            );
        }
    }

    [Test]
    public void Each_call_is_in_its_own_stage()
    {
        foreach (var m in Everything)
        {
            var program = MigrationCompiler.Destination(m, All, State);
            MigrationStage[] Of(string op) =>
                [
                    .. program
                        .Program.Steps.Zip(program.Stages)
                        .Where(s => s.First.Op == op)
                        .Select(s => s.Second)
                        .Distinct(),
                ];
            Assert.That(Of("vm"), Is.EqualTo(new[] { MigrationStage.Vm }), m.Key);
            Assert.That(Of("vcpu"), Is.EqualTo(new[] { MigrationStage.Vcpu }), m.Key);
            Assert.That(Of("restore-registers"), Is.EqualTo(new[] { MigrationStage.Registers }), m.Key);
            Assert.That(Of("restore-pages"), Is.EqualTo(new[] { MigrationStage.Content }), m.Key);
            Assert.That(
                Of("run"),
                Is.EqualTo(
                    new[]
                    {
                        MigrationStage.FirstRun,
                        MigrationStage.FirstAccess,
                        MigrationStage.Data,
                        MigrationStage.Onward,
                    }
                ),
                m.Key
            );
            int slot = program.Program.Steps.ToList().FindIndex(s => s is MemslotStep { Slot: CaseLayout.TestSlot });
            Assert.That(program.Stages[slot], Is.EqualTo(MigrationStage.Registration), m.Key);
            Assert.That(program.Program.Steps[slot].OnError, Is.EqualTo(OnError.End), "a refusal is an observation");
        }
    }

    [Test]
    public void Memory_is_created_before_the_VM_unless_the_VM_owns_it()
    {
        Assert.That(
            Ops(MigrationCompiler.Destination(Device, All, State)).TakeWhile(op => op != "vm"),
            Is.EqualTo(new[] { "open", "export", "map" })
        );
        Assert.That(
            Ops(MigrationCompiler.Destination(GuestMemory, All, State)).TakeWhile(op => op != "memslot"),
            Is.EqualTo(new[] { "open", "vm", "guest-memory" })
        );
    }

    [Test]
    public void A_late_memory_takes_its_place_behind_the_registered_slot_on_both_sides()
    {
        var late = Device with { Case = Device.Case with { Late = true } };
        foreach (
            var program in (MigrationProgram[])
                [MigrationCompiler.Source(late, All), MigrationCompiler.Destination(late, All, State)]
        )
        {
            var steps = program.Program.Steps.ToList();
            int slot = steps.FindIndex(s => s is MemslotStep);
            Assert.That(steps[slot], Is.TypeOf<MemslotStep>().With.Property("Map").EqualTo("plain"));
            Assert.That(steps[slot + 1], Is.TypeOf<MapStep>().With.Property("Over").EqualTo("plain"));
        }
    }

    [Test]
    public void The_VMM_checks_capabilities_only_where_it_relied_on_some()
    {
        Assert.That(MigrationCompiler.Questions(Device, All), Is.Null);
        Assert.That(MigrationCompiler.Questions(Plain with { ChecksCapabilities = true }, All), Is.Null);
        var questions = MigrationCompiler.Questions(Device with { ChecksCapabilities = true }, All)!;
        Assert.That(questions.Program.Steps.Select(s => s.Op), Is.EqualTo(new[] { "vm", "extension" }));
        Assert.That(questions.Program.Steps[1], Is.EqualTo(new ExtensionStep("vm", 243)));
        foreach (var m in Everything)
            Assert.That(
                MigrationCompiler.Source(m, All).Program.Steps.OfType<ExtensionStep>().Select(s => s.Capability),
                Is.EqualTo(ReliedCapability.Of(m).Select(r => r.Number)),
                "the source's answers are what the destination's are compared with"
            );
    }

    [Test]
    public void A_VM_with_its_own_IPA_size_is_created_on_both_sides_and_may_be_refused()
    {
        var wide = Plain with { IpaBits = 48, ChecksCapabilities = true };
        VmStep Vm(ProbeProgram program) => program.Steps.OfType<VmStep>().Single();
        var (source, destination) = (
            Vm(MigrationCompiler.Source(wide, All).Program),
            Vm(MigrationCompiler.Destination(wide, All, State).Program)
        );
        Assert.That((source.Type, source.OnError), Is.EqualTo((48ul, OnError.End)));
        Assert.That((destination.Type, destination.OnError), Is.EqualTo((48ul, OnError.End)));
        Assert.That(
            Vm(MigrationCompiler.Questions(wide, All)!.Program).Type,
            Is.Zero,
            "what only asks can be had everywhere"
        );
    }

    [Test]
    public void Without_pre_copy_the_guest_is_stopped_and_then_everything_is_read_once()
    {
        string[] ops = Ops(MigrationCompiler.Source(Plain, All));
        Assert.That(ops.Count(op => op == "run"), Is.EqualTo(2));
        Assert.That(
            ops.SkipWhile(op => op != "settle"),
            Is.EqualTo(new[] { "settle", "save-pages", "save-pages", "save-registers" })
        );
        Assert.That(ops, Does.Not.Contain("dirty-pages"));
        Assert.That(ops.TakeWhile(op => op != "settle"), Does.Not.Contain("save-pages"));
    }

    [Test]
    public void With_pre_copy_logging_is_on_before_all_is_read_and_each_round_is_followed_by_what_it_dirtied()
    {
        var program = MigrationCompiler.Source(Plain with { PreCopy = true }, All);
        var steps = program.Program.Steps.ToList();
        int log = steps.FindLastIndex(s => s is MemslotStep);
        Assert.That(program.Stages[log], Is.EqualTo(MigrationStage.DirtyLog));
        Assert.That(
            steps[log],
            Is.TypeOf<MemslotStep>().With.Property("Flags").EqualTo(1).And.Property("OnError").EqualTo(OnError.End)
        );
        Assert.That(
            steps.Skip(log).Select(s => s.Op).Where(op => op is not ("get-registers" or "stage2")),
            Is.EqualTo(
                new[]
                {
                    "memslot",
                    "save-pages",
                    "run",
                    "dirty-pages",
                    "run",
                    "dirty-pages",
                    "run",
                    "dirty-pages",
                    "settle",
                    "dirty-pages",
                    "save-pages",
                    "save-registers",
                }
            )
        );
        Assert.That(program.Stages.Where((_, i) => i > log + 1), Is.All.EqualTo(MigrationStage.Source));
        Assert.That(
            steps.Count(s => s is RunStep),
            Is.EqualTo(MigrationCompiler.Guest(Plain with { PreCopy = true }).Back),
            "one run for every report before the move"
        );
    }

    [Test]
    public void Each_side_runs_the_guest_as_often_as_it_reports_there()
    {
        foreach (var m in Everything)
        {
            var guest = MigrationCompiler.Guest(m);
            Assert.That(Ops(MigrationCompiler.Source(m, All)).Count(op => op == "run"), Is.EqualTo(guest.Back), m.Key);
            Assert.That(
                Ops(MigrationCompiler.Destination(m, All, State)).Count(op => op == "run"),
                Is.EqualTo(guest.Onward - guest.Back + 1),
                m.Key
            );
        }
    }

    [Test]
    public void A_guest_memfd_is_read_and_stored_through_a_mapping_of_the_VMMs()
    {
        foreach (
            var (program, op) in ((MigrationProgram, string)[])
                [
                    (MigrationCompiler.Source(GuestMemory, All), "save-pages"),
                    (MigrationCompiler.Destination(GuestMemory, All, State), "restore-pages"),
                ]
        )
        {
            var view = program.Program.Steps.OfType<MapStep>().First();
            Assert.That((view.As, view.Fd, view.Shared, view.Write), Is.EqualTo(("view", "memory", true, true)));
            Assert.That(
                program.Program.Steps.Where(s => s.Op == op).SelectMany(StepNames.Uses).Distinct(),
                Is.EquivalentTo(new[] { "view", "code" })
            );
        }
    }

    [Test]
    public void Transferred_pages_are_stored_in_order()
    {
        var steps = MigrationCompiler.Destination(Plain, All, State).Program.Steps.ToList();
        var stored = steps.OfType<RestorePagesStep>().ToList();
        Assert.That(stored.Select(s => s.Pages), Is.EqualTo(new[] { State.Code, State.Memory[0], State.Memory[1] }));
        Assert.That(steps.IndexOf(stored[^1]), Is.LessThan(steps.FindIndex(s => s is RunStep)));
        var registers = steps.OfType<RestoreRegistersStep>().Single();
        Assert.That((registers.Registers, registers.All), Is.EqualTo((State.Registers, false)));
        Assert.That(
            MigrationCompiler
                .Destination(Plain with { AllRegisters = true }, All, State)
                .Program.Steps.OfType<RestoreRegistersStep>()
                .Single()
                .All,
            Is.True
        );
    }

    /// <summary>The restored registers determine where the guest continues, and with which data.</summary>
    [Test]
    public void The_destination_sets_no_register_and_writes_no_code_of_its_own()
    {
        foreach (var m in Everything)
            Assert.That(
                Ops(MigrationCompiler.Destination(m, All, State)),
                Does.Not.Contain("set-registers").And.Not.Contain("words"),
                m.Key
            );
    }

    [Test]
    public void No_descriptor_is_read_on_a_host_without_the_exporter() =>
        Assert.That(
            Ops(MigrationCompiler.Source(Plain with { PreCopy = true }, Poor))
                .Concat(Ops(MigrationCompiler.Destination(Plain, Poor, State))),
            Does.Not.Contain("stage2").And.Not.Contain("open")
        );

    [Test]
    public void A_slow_host_has_more_time_for_everything()
    {
        var slow = All with { Slowness = 5 };
        Assert.That(
            MigrationCompiler.Source(Plain, slow).Program.DeadlineMs,
            Is.EqualTo(5 * CaseLayout.MigrationDeadlineMs)
        );
        Assert.That(
            MigrationCompiler.Destination(Plain, slow, State).Program.DeadlineMs,
            Is.EqualTo(5 * CaseLayout.MigrationDeadlineMs)
        );
        Assert.That(
            MigrationCompiler.Questions(Device with { ChecksCapabilities = true }, slow)!.Program.DeadlineMs,
            Is.EqualTo(5 * CaseLayout.DeadlineMs)
        );
    }
}
