using System.Globalization;
using Harness.Guest;
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

/// <summary>A VM's registers, memory and dirty log as the steps of a move read and write them, within one booted host.</summary>
[TestFixture("7.2", "max,pauth-impdef=on,sve=off,sme=off")]
[TestFixture("7.2", "cortex-a76")]
[Category("Qemu")]
public class MigrationStepsTests(string track, string cpu)
{
    private const ulong Code = 0x10_0000, Page = 0x4000_0000, Report = 0x0900_0000, Size = 64 << 10, PageSize = 4 << 10;
    private const int ENOENT = 2, EBUSY = 16;
    private const uint LogDirtyPages = 1, GuestMemfd = 4, HostWord = 0x1234_5678;
    private const ulong MapAndShare = 3; // GUEST_MEMFD_FLAG_MMAP and _INIT_SHARED

    private const string X2 = "6030000000100004", Ctr = "603000000013d801", Pfr1 = "603000000013c009", Aa64Pfr0 = "603000000013c020";

    /// <summary>KVM_REG_ARM_TIMER_CNT and KVM_REG_ARM_PTIMER_CNT: they go on counting.</summary>
    private static readonly string[] Clocks = ["603000000013df1a", "603000000013df01"];

    private ITargetSession _session = null!;
    private TargetProbeHost _host = null!;

    [OneTimeSetUp]
    public async Task Boot()
    {
        var images = new ImageStore(new ImageSources(Path.Combine(Cli.Root, "guest-images")), ImageStore.DefaultFolder);
        var image = images.Find(track) ?? throw new AssertionException($"there is no image of track {track}: run scripts/harness images build");
        var target = new QemuTarget("moved", new QemuSpec(image.KernelPath, image.InitrdPath, cpu),
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath), new ProcessRunner());
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
        var fresh = await RunAsync(dispatcher, [.. Guest(GuestAct.Store), Steps.SaveRegisters("vcpu"), Steps.RegisterMasks("vm")]);
        Assert.That(fresh.End, Is.EqualTo(ObservationEnd.Completed), fresh.Detail);
        var (saved, masks) = (fresh.Steps[^2].Values, fresh.Steps[^1]);
        var registers = saved.Inner("registers");
        Assert.That(registers.Count, Is.GreaterThan(200));
        Assert.That(saved.Inner("unreadable"), Is.Empty);
        Assert.That(registers.Select(r => ((string)r.Value!).Length / 2), Is.EqualTo(registers.Select(r => 1 << (r.Key[2] - '0'))));
        Assert.That(registers.Text(X2), Is.EqualTo(InMemory(GuestProgram.GuestWord)));
        Assert.That(masks.Errno, Is.Zero);
        // CTR_EL0.DIC and IDC, bits 29 and 28, are what a host without them has to be hidden from a guest by.
        Assert.That(masks.Values.Inner("masks").Bits(Ctr) >> 28 & 3, Is.EqualTo(3));
        Assert.That(masks.Values.Inner("masks").Select(m => m.Key), Is.SubsetOf(registers.Select(r => r.Key)));

        var restored = await RunAsync(dispatcher,
        [
            .. Guest(GuestAct.Load),
            Steps.RestoreRegisters("vcpu", registers, all: false), Steps.SaveRegisters("vcpu"),
            Steps.Settle("vcpu"), // a first KVM_RUN, though nothing ran
            Steps.RestoreRegisters("vcpu", registers, all: false), Steps.RestoreRegisters("vcpu", registers, all: true, OnError.Continue),
        ]);
        Assert.That(restored.End, Is.EqualTo(ObservationEnd.Completed), restored.Detail);
        var steps = restored.Steps.TakeLast(5).ToArray();
        Assert.That(steps[0].Values, Is.EqualTo(Fields.Of(("refused", Fields.Empty))));
        var now = steps[1].Values.Inner("registers");
        Assert.That(now.Select(r => r.Key), Is.EqualTo(registers.Select(r => r.Key)));
        Assert.That(registers.Where(r => now.Text(r.Key) != (string)r.Value!).Select(r => r.Key), Is.SubsetOf(Clocks));
        // KVM_RUN takes the GIC's fields away from a VM without one (kvm_finalize_sys_regs()), and no id register changes any more.
        Assert.That(steps[3].Values, Is.EqualTo(Fields.Of(("refused", Fields.Of((Pfr1, EBUSY), (Aa64Pfr0, EBUSY))))));
        Assert.That(steps[4].Values, Is.EqualTo(Fields.Of(("refused", Fields.Of((Pfr1, EBUSY))))));
        Assert.That(steps[4].Errno, Is.EqualTo(EBUSY));
    }

    [Test]
    public async Task A_guest_goes_on_in_another_VM_with_its_registers_and_every_bit_of_its_memory()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var left = await RunAsync(dispatcher,
        [
            .. Guest(GuestAct.Store, GuestAct.Load),
            Dirty, Steps.Touch("page", 2 * PageSize, HostWord),
            Run, Steps.GetRegisters("vcpu", ["pc"]), Steps.Settle("vcpu"), Steps.GetRegisters("vcpu", ["pc"]),
            Dirty, Dirty,
            Steps.DirtyPages("vm", 0, "code", 0, Size, OnError.Continue),
            Steps.SaveRegisters("vcpu"), Steps.SavePages("page", 0, Size), Steps.SavePages("code", 0, Size),
        ]);
        Assert.That(left.End, Is.EqualTo(ObservationEnd.Completed), left.Detail);
        var steps = left.Steps.SkipWhile(s => s.Op != "dirty-pages").ToArray();
        Assert.That(steps[0].Values, Is.EqualTo(Fields.Of(("pages", Fields.Empty), ("pageSize", PageSize))));
        Assert.That(steps[2].Values.Bits("data"), Is.EqualTo((ulong)GuestProgram.GuestWord << 32 | GuestProgram.Finished));
        Assert.That(steps[5].Values.Bits("pc"), Is.EqualTo(steps[3].Values.Bits("pc") + 4), "past the store of the report");
        // What the host stores is not logged, and what is told once is not told again.
        var stored = steps[6].Values.Inner("pages");
        Assert.That(stored.Select(p => p.Key), Is.EqualTo(new[] { "0" }));
        Assert.That(Convert.FromBase64String(stored.Text("0")).Take(4), Is.EqualTo(BitConverter.GetBytes(GuestProgram.GuestWord)));
        Assert.That(steps[7].Values.Inner("pages"), Is.Empty);
        Assert.That(steps[8].Errno, Is.EqualTo(ENOENT), "a slot without a log");
        var (registers, pages, code) = (steps[9].Values.Inner("registers"), steps[10].Values.Inner("pages"), steps[11].Values.Inner("pages"));
        Assert.That(pages.Select(p => p.Key), Is.EqualTo(new[] { "0", "8192" }));

        var went = await RunAsync(dispatcher,
        [
            .. Machine,
            Steps.RestoreRegisters("vcpu", registers, all: true, OnError.Fail), Steps.RestorePages("page", pages), Steps.RestorePages("code", code),
            Run, Steps.SavePages("page", 0, Size), Steps.SavePages("code", 0, Size),
        ]);
        Assert.That(went.End, Is.EqualTo(ObservationEnd.Completed), went.Detail);
        Assert.That(went.Steps[^3].Values.Bits("data"), Is.EqualTo((ulong)GuestProgram.GuestWord << 32 | (GuestProgram.Finished + 1)),
            "the guest's second act: it loads what it stored before it left");
        Assert.That(went.Steps[^2].Values.Inner("pages"), Is.EqualTo(pages));
        Assert.That(went.Steps[^1].Values.Inner("pages"), Is.EqualTo(code));
    }

    [Test]
    public async Task The_mapping_of_a_guest_memfd_is_saved_and_restored_as_any()
    {
        await using var link = await _host.StartProbeAsync(_ => { }, default);
        var dispatcher = new Dispatcher(link, 1, TimeSpan.FromSeconds(60));
        var seen = await RunAsync(dispatcher,
            Steps.Vm("vm"),
            Steps.GuestMemory("bound", "vm", Size, MapAndShare), Steps.Map("page", "bound", Size, write: true, shared: true),
            Steps.Touch("page", PageSize, HostWord), Steps.SavePages("page", 0, Size));
        Assert.That(seen.End, Is.EqualTo(ObservationEnd.Completed), seen.Detail);
        var pages = seen.Steps[^1].Values.Inner("pages");
        Assert.That(pages.Select(p => p.Key), Is.EqualTo(new[] { "4096" }));

        var again = await RunAsync(dispatcher,
            Steps.Vm("vm"),
            Steps.GuestMemory("bound", "vm", Size, MapAndShare), Steps.Map("page", "bound", Size, write: true, shared: true),
            Steps.BoundSlot("vm", 1, Page, Size, "bound", 0, "page", GuestMemfd),
            Steps.RestorePages("page", pages), Steps.SavePages("page", 0, Size), Steps.Touch("page", PageSize));
        Assert.That(again.End, Is.EqualTo(ObservationEnd.Completed), again.Detail);
        Assert.That(again.Steps[^2].Values.Inner("pages"), Is.EqualTo(pages));
        Assert.That(again.Steps[^1].Values, Is.EqualTo(Fields.Of(("value", HostWord))));
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
        Step Restore(string id, object? value) => Steps.RestoreRegisters("vcpu", Fields.Of((id, value)), all: false);

        await AssertToldAsync("'pc' is no register's id", Restore("pc", "00"));
        await AssertToldAsync("has 8 bytes", Restore(X2, "00"));
        await AssertToldAsync("has 8 bytes", Restore(X2, "000000000000000x"));
        await AssertToldAsync("has 8 bytes", Restore(X2, 0));
        // The kernel would write the log of all of the slot.
        await AssertToldAsync($"slot 1 has {Size} bytes, not {PageSize}", Steps.DirtyPages("vm", 1, "page", 0, PageSize));
    }

    private static Step Dirty { get; } = Steps.DirtyPages("vm", 1, "page", 0, Size);

    private static Step Run { get; } = Steps.Run("vcpu", 5000);

    /// <summary>A VM with a slot over "page", whose stores are logged, and one over "code".</summary>
    private static Step[] Machine { get; } =
    [
        Steps.Map("page", null, Size, write: true, shared: false, Size),
        Steps.Vm("vm"),
        Steps.Memslot("vm", 1, Page, Size, "page", 0, LogDirtyPages),
        Steps.Map("code", null, Size, write: true, shared: false, Size),
        Steps.Memslot("vm", 0, Code, Size, "code"),
        Steps.Vcpu("vcpu", "vm"),
    ];

    /// <summary>With a guest that does the acts on the page.</summary>
    private static Step[] Guest(params GuestAct[] acts)
    {
        var program = GuestProgram.ForActs(acts);
        return
        [
            .. Machine,
            Steps.Words("code", 0, program.Words),
            Steps.SetRegisters("vcpu", ("pc", Code + program.EntryOffset), ("vbar_el1", Code + program.VectorOffset),
                ("x1", Page), ("x2", GuestProgram.GuestWord), ("x9", Report)),
        ];
    }

    private static string InMemory(ulong value) => string.Concat(BitConverter.GetBytes(value).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    private static async Task<Observation> RunAsync(Dispatcher dispatcher, params Step[] steps)
    {
        Observation? seen = null;
        await dispatcher.RunAsync([new ProbeProgram("by hand", 60_000, steps)], (_, observation) => seen = observation, default);
        return seen!;
    }
}
