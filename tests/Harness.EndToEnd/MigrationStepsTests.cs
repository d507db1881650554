using Harness.Cases.Guest;
using Harness.Images;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Transport;

namespace Harness.EndToEnd;

/// <summary>
/// A VM's registers, memory and dirty log, read and written by the steps of a migration, within one booted host.
/// </summary>
[TestFixture("7.2", "max,pauth-impdef=on,sve=off,sme=off")]
[TestFixture("7.2", "cortex-a76")]
[Category("Qemu")]
public class MigrationStepsTests(string track, string cpu)
{
    private const ulong Code = 0x10_0000,
        Page = 0x4000_0000,
        Report = 0x0900_0000,
        Size = 64 << 10,
        PageSize = 4 << 10;
    private const int ENOENT = 2,
        EBUSY = 16;
    private const uint LogDirtyPages = 1,
        GuestMemfd = 4,
        HostWord = 0x1234_5678;
    private const ulong MapAndShare = 3; // GUEST_MEMFD_FLAG_MMAP and _INIT_SHARED

    private const ulong X2 = 0x6030000000100004,
        Ctr = 0x603000000013d801,
        Pfr1 = 0x603000000013c009,
        Aa64Pfr0 = 0x603000000013c020;

    /// <summary>KVM_REG_ARM_TIMER_CNT and KVM_REG_ARM_PTIMER_CNT: they keep counting.</summary>
    private static readonly ulong[] Clocks = [0x603000000013df1a, 0x603000000013df01];

    private ITargetSession _session = null!;
    private TargetProbeHost _host = null!;

    [OneTimeSetUp]
    public async Task Boot()
    {
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find(track)
            ?? throw new AssertionException($"there is no image of track {track}: run scripts/harness images build");
        var target = new QemuTarget(
            "moved",
            new QemuSpec(image.KernelPath, image.InitrdPath, cpu),
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath),
            new ProcessRunner()
        );
        _session = await target.OpenAsync();
        _host = new TargetProbeHost(new BootedTarget(_session), ProbeFile.Embedded);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _host.DisposeAsync();
        await _session.DisposeAsync();
    }

    [Test]
    public async Task A_fresh_vCPU_takes_all_registers_of_another_and_one_that_ran_refuses_what_its_first_run_settled()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var fresh = await RunAsync(
            dispatcher,
            [.. Guest(GuestCommand.Store), new SaveRegistersStep("vcpu"), new RegisterMasksStep("vm")]
        );
        Assert.That(fresh.End, Is.EqualTo(ObservationEnd.Completed), fresh.Detail);
        var (saved, masks) = ((SaveRegistersResult)fresh.Steps[^2], (RegisterMasksResult)fresh.Steps[^1]);
        var registers = saved.Registers!;
        Assert.That(registers, Has.Count.GreaterThan(200));
        Assert.That(saved.Unreadable, Is.Empty);
        Assert.That(
            registers.Select(r => r.Value.Length),
            Is.EqualTo(registers.Select(r => 1 << (int)(r.Id >> 52 & 0xf)))
        );
        Assert.That(
            registers.Single(r => r.Id == X2).Value,
            Is.EqualTo(BitConverter.GetBytes((ulong)GuestProgram.GuestWord))
        );
        Assert.That(masks.Errno, Is.Zero);
        // CTR_EL0.DIC and IDC, bits 29 and 28, must be writable: a destination without them needs to hide them from the
        // guest.
        Assert.That(masks.Masks!.Single(m => m.Id == Ctr).Mask >> 28 & 3, Is.EqualTo(3));
        Assert.That(masks.Masks!.Select(m => m.Id), Is.SubsetOf(registers.Select(r => r.Id)));

        var restored = await RunAsync(
            dispatcher,
            [
                .. Guest(GuestCommand.Load),
                new RestoreRegistersStep("vcpu", registers, All: false),
                new SaveRegistersStep("vcpu"),
                new SettleStep("vcpu"), // a first KVM_RUN, though nothing ran
                new RestoreRegistersStep("vcpu", registers, All: false),
                new RestoreRegistersStep("vcpu", registers, All: true) { OnError = OnError.Continue },
            ]
        );
        Assert.That(restored.End, Is.EqualTo(ObservationEnd.Completed), restored.Detail);
        var steps = restored.Steps.TakeLast(5).ToArray();
        Assert.That(Refused(steps[0]), Is.Empty);
        var now = ((SaveRegistersResult)steps[1]).Registers!;
        Assert.That(now.Select(r => r.Id), Is.EqualTo(registers.Select(r => r.Id)));
        Assert.That(
            registers.Zip(now).Where(r => !r.First.Value.SequenceEqual(r.Second.Value)).Select(r => r.First.Id),
            Is.SubsetOf(Clocks)
        );
        // KVM_RUN removes the GIC's fields from a VM without one (kvm_finalize_sys_regs()), and no ID register can be
        // changed any more.
        Assert.That(Refused(steps[3]), Is.EqualTo(new RegisterError[] { new(Pfr1, EBUSY), new(Aa64Pfr0, EBUSY) }));
        Assert.That(Refused(steps[4]), Is.EqualTo(new RegisterError[] { new(Pfr1, EBUSY) }));
        Assert.That(steps[4].Errno, Is.EqualTo(EBUSY));
    }

    [Test]
    public async Task A_guest_continues_in_another_VM_with_its_registers_and_every_bit_of_its_memory()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var left = await RunAsync(
            dispatcher,
            [
                .. Guest(GuestCommand.Store, GuestCommand.Load),
                Dirty,
                new TouchStep("page", 2 * PageSize, HostWord),
                Run,
                new GetRegistersStep("vcpu", [GuestRegister.Pc]),
                new SettleStep("vcpu"),
                new GetRegistersStep("vcpu", [GuestRegister.Pc]),
                Dirty,
                Dirty,
                new DirtyPagesStep("vm", 0, "code", 0, Size) { OnError = OnError.Continue },
                new SaveRegistersStep("vcpu"),
                new SavePagesStep("page", 0, Size),
                new SavePagesStep("code", 0, Size),
            ]
        );
        Assert.That(left.End, Is.EqualTo(ObservationEnd.Completed), left.Detail);
        var steps = left.Steps.SkipWhile(s => s is not DirtyPagesResult).ToArray();
        Assert.That(Pages(steps[0]), Is.Empty);
        Assert.That(
            ((RunResult)steps[2]).Data,
            Is.EqualTo((ulong)GuestProgram.GuestWord << 32 | GuestProgram.Finished)
        );
        Assert.That(Pc(steps[5]), Is.EqualTo(Pc(steps[3]) + 4), "past the store of the report");
        // The host's stores are not logged, and a dirty page is reported once.
        var stored = Pages(steps[6]);
        Assert.That(stored.Select(p => p.Offset), Is.EqualTo(new[] { 0 }));
        Assert.That(stored[0].Content.Take(4), Is.EqualTo(BitConverter.GetBytes(GuestProgram.GuestWord)));
        Assert.That(Pages(steps[7]), Is.Empty);
        Assert.That(steps[8].Errno, Is.EqualTo(ENOENT), "a slot without a log");
        var (registers, pages, code) = (((SaveRegistersResult)steps[9]).Registers!, Pages(steps[10]), Pages(steps[11]));
        Assert.That(pages.Select(p => p.Offset), Is.EqualTo(new[] { 0, 8192 }));

        var went = await RunAsync(
            dispatcher,
            [
                .. Machine,
                new RestoreRegistersStep("vcpu", registers, All: true) { OnError = OnError.Fail },
                new RestorePagesStep("page", pages),
                new RestorePagesStep("code", code),
                Run,
                new SavePagesStep("page", 0, Size),
                new SavePagesStep("code", 0, Size),
            ]
        );
        Assert.That(went.End, Is.EqualTo(ObservationEnd.Completed), went.Detail);
        Assert.That(
            ((RunResult)went.Steps[^3]).Data,
            Is.EqualTo((ulong)GuestProgram.GuestWord << 32 | (GuestProgram.Finished + 1)),
            "the guest's second act: it loads what it stored before it left"
        );
        Assert.That(Words(Pages(went.Steps[^2])), Is.EqualTo(Words(pages)));
        Assert.That(Words(Pages(went.Steps[^1])), Is.EqualTo(Words(code)));
    }

    [Test]
    public async Task The_mapping_of_a_guest_memfd_is_saved_and_restored_as_any()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var seen = await RunAsync(
            dispatcher,
            new VmStep("vm"),
            new GuestMemoryStep("bound", "vm", Size, MapAndShare),
            new MapStep("page", "bound", Size, Write: true, Shared: true),
            new TouchStep("page", PageSize, HostWord),
            new SavePagesStep("page", 0, Size)
        );
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var pages = Pages(seen.Steps[^1]);
        Assert.That(pages.Select(p => p.Offset), Is.EqualTo(new[] { 4096 }));

        var again = await RunAsync(
            dispatcher,
            new VmStep("vm"),
            new GuestMemoryStep("bound", "vm", Size, MapAndShare),
            new MapStep("page", "bound", Size, Write: true, Shared: true),
            new MemslotStep("vm", 1, Page, Size, "page", Flags: GuestMemfd, Binding: new Binding("bound"))
            {
                OnError = OnError.Continue,
            },
            new RestorePagesStep("page", pages),
            new SavePagesStep("page", 0, Size),
            new TouchStep("page", PageSize)
        );
        Assert.That(again.End, Is.EqualTo(ObservationEnd.Completed), again.Detail);
        Assert.That(Words(Pages(again.Steps[^2])), Is.EqualTo(Words(pages)));
        Assert.That(again.Steps[^1], Is.EqualTo(new TouchResult(HostWord)));
    }

    [Test]
    public async Task A_programs_mistake_never_reaches_the_kernel()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        async Task AssertToldAsync(string says, Step step)
        {
            var seen = await RunAsync(dispatcher, [.. Machine, step]);
            Assert.That(seen.End, Is.EqualTo(ObservationEnd.ProbeError));
            Assert.That(seen.Detail, Does.StartWith($"step {Machine.Length} ({step.Op}): ").And.Contain(says));
        }
        await AssertToldAsync(
            "has 8 bytes, not 1",
            new RestoreRegistersStep("vcpu", [new SavedRegister(X2, [0])], All: false)
        );
        // The kernel would write the log of the whole slot.
        await AssertToldAsync(
            $"slot 1 has {Size} bytes, not {PageSize}",
            new DirtyPagesStep("vm", 1, "page", 0, PageSize)
        );
    }

    private static DirtyPagesStep Dirty { get; } = new DirtyPagesStep("vm", 1, "page", 0, Size);

    private static RunStep Run { get; } = new RunStep("vcpu", 5000);

    /// <summary>A VM with a logged slot over "page", and one over "code".</summary>
    private static Step[] Machine { get; } =
    [
        new MapStep("page", null, Size, Write: true, Shared: false, Size),
        new VmStep("vm"),
        new MemslotStep("vm", 1, Page, Size, "page", 0, LogDirtyPages),
        new MapStep("code", null, Size, Write: true, Shared: false, Size),
        new MemslotStep("vm", 0, Code, Size, "code"),
        new VcpuStep("vcpu", "vm"),
    ];

    /// <summary>With a guest that does the operations on the page.</summary>
    private static Step[] Guest(params GuestCommand[] operations)
    {
        var program = GuestProgram.ForOperations(operations);
        return
        [
            .. Machine,
            new WordsStep("code", 0, program.Words),
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = Code + program.EntryOffset,
                    [GuestRegister.VbarEl1] = Code + program.VectorOffset,
                    [GuestRegister.X1] = Page,
                    [GuestRegister.X2] = GuestProgram.GuestWord,
                    [GuestRegister.X9] = Report,
                }
            ),
        ];
    }

    private static IReadOnlyList<SavedPage> Pages(StepResult result) => ((IPagesResult)result).Pages!;

    private static IEnumerable<string> Words(IReadOnlyList<SavedPage> pages) =>
        pages.Select(p => $"{p.Offset}: {Convert.ToHexString(p.Content)}");

    private static IReadOnlyList<RegisterError> Refused(StepResult result) => ((RestoreRegistersResult)result).Refused!;

    private static ulong Pc(StepResult result) => ((GetRegistersResult)result)[GuestRegister.Pc];

    private static async Task<Observation> RunAsync(Dispatcher dispatcher, params Step[] steps)
    {
        Observation? seen = null;
        await dispatcher.RunAsync(
            [new ProbeProgram("by hand", 60_000, steps)],
            (_, observation) => seen = observation,
            default
        );
        return seen!;
    }
}
