using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Nesting;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a case about nested guests: a slot for each kind of memory, a guest hypervisor with its tables, a GIC, and
/// for each act a run or the host's calls, and what the shadow has then.
/// </summary>
public static class NestedCompiler
{
    private const uint HasEl2 = 1 << 7; // KVM_ARM_VCPU_HAS_EL2, arch/arm64/include/uapi/asm/kvm.h
    private const string Exporter = "exporter";
    private const int AdviseDontNeed = 4; // MADV_DONTNEED, linux/mman.h
    private const int AdviseHugePage = 14; // MADV_HUGEPAGE

    // M is EL2h; D, A, I and F are masked.
    private const ulong AtEl2 = 0x3c9;

    /// <summary>The largest IPA size of a shadow that is dropped in a reasonable time without hardware.</summary>
    private const int MostEmulatedBits = 48;

    /// <summary>
    /// For each act that drops a whole shadow, in milliseconds: QEMU's TCG takes 20 s for 48 bits, a GiB at a time.
    /// </summary>
    private const int DropMs = 120_000;

    /// <summary>To close the VM, where each shadow is walked once more.</summary>
    private const int CloseMs = 30_000;

    /// <summary>What is read after each run.</summary>
    public static IReadOnlyList<GuestRegister> Registers { get; } =
    [
        GuestRegister.X0,
        GuestRegister.X10,
        GuestRegister.X11,
        GuestRegister.X12,
        GuestRegister.X13,
        GuestRegister.X17,
        GuestRegister.X19,
        GuestRegister.X20,
        GuestRegister.X21,
    ];

    /// <summary>What such a host lacks for every case; null if it lacks nothing.</summary>
    internal static MissingPart? Missing(ProbeAbilities host) =>
        !host.Nested
            ? new(HostPart.Nested, "needs nested virtualization, which KVM there doesn't have (KVM_CAP_ARM_EL2)")
        : host.PageSize != CaseSizes.Usual.Page
            ? new(HostPart.PageSize, "needs pages of 4 KiB, as the guest hypervisor's tables have them")
        : host.Emulated && host.IpaLimit > MostEmulatedBits
            ? new(
                HostPart.Nested,
                $"needs a CPU with at most {MostEmulatedBits} IPA bits where it is emulated: to drop a shadow of {host.IpaLimit} takes minutes"
            )
        : null;

    internal static CompiledCase Compile(NestedCase c, ProbeAbilities host)
    {
        var steps = new CaseSteps();
        var pages = PagesOf(c);
        if (host.Exporter || c.Backing.Driver)
            steps.Add(new OpenStep(Exporter, "/dev/stage2-exporter"));
        var memories = pages.Select(p => p.Memory).Where(m => m.HasSlot()).Distinct().ToList();
        foreach (var memory in memories)
            AddMemory(steps, memory, pages);
        steps.Add(new VmStep("vm", host.VmType) { OnError = OnError.Fail });
        var slots = memories.ToDictionary(m => m, m => (StepHandle)steps.Add(SlotOf(m, pages)));
        var guest = AddGuest(steps, pages);
        var compiled = new List<CompiledNested>();
        int page = -1;
        foreach (var act in c.Acts)
        {
            if (act.Deed == NestedDeed.Page)
            {
                page++;
                compiled.Add(
                    new CompiledNested(act.Memory.HasSlot() ? new StepHandle[] { slots[act.Memory] } : [], null, null)
                );
                continue;
            }
            compiled.Add(AddAct(steps, act, pages[page], guest, host));
        }
        int deadline = CaseLayout.DeadlineMs + CloseMs + c.Drops * DropMs;
        return new CompiledCase(c, steps.Build(c.Id, deadline * host.Slowness), steps.SetUp, [])
        {
            NestedActs = compiled,
        };
    }

    private sealed record PageOfCase(int Number, NestedMemory Memory, NestedMapping Mapping)
    {
        public ulong Offset => NestedLayout.OffsetOf(Memory, Number);

        /// <summary>As the guest hypervisor sees it.</summary>
        public ulong Output => NestedLayout.AddressOf(Memory) + Offset;

        /// <summary>As its guest sees it.</summary>
        public ulong Address => StageTwoTables.AddressOf(Number, Mapping, Output);
    }

    private static IReadOnlyList<PageOfCase> PagesOf(NestedCase c) =>
        [.. c.Acts.Where(a => a.Deed == NestedDeed.Page).Select((a, i) => new PageOfCase(i, a.Memory, a.Mapping))];

    private static string NameOf(NestedMemory memory) => NestedMemories.All.Of(memory);

    private static ulong SizeOf(NestedMemory memory, IReadOnlyList<PageOfCase> pages) =>
        memory == NestedMemory.Huge
            ? pages.Last(p => p.Memory == memory).Offset + NestedLayout.Huge
            : NestedLayout.SlotSize;

    private static void AddMemory(CaseSteps steps, NestedMemory memory, IReadOnlyList<PageOfCase> pages)
    {
        var backing = memory.Backing();
        ulong size = SizeOf(memory, pages);
        if (backing.Driver)
            MemoryCompiler.AddExport(steps, Exporter, backing, size);
        steps.Add(
            new MapStep(
                NameOf(memory),
                backing.Driver ? Exporter : null,
                size,
                Write: true,
                backing.Sharing == Sharing.Shared,
                memory == NestedMemory.Huge ? NestedLayout.Huge : NestedLayout.Stride
            )
        );
        if (memory == NestedMemory.Huge)
            steps.Add(new AdviseStep(NameOf(memory), AdviseHugePage));
        foreach (var page in pages.Where(p => p.Memory == memory))
            steps.Add(new WordsStep(NameOf(memory), page.Offset, [NestedCase.WordOf(page.Number)]));
    }

    private static MemslotStep SlotOf(NestedMemory memory, IReadOnlyList<PageOfCase> pages) =>
        new(
            "vm",
            NestedLayout.SlotOf(memory),
            NestedLayout.AddressOf(memory),
            SizeOf(memory, pages),
            NameOf(memory),
            Flags: SlotCompiler.KvmFlags(memory.Flags())
        )
        {
            OnError = OnError.Continue,
        };

    private static NestedGuest AddGuest(CaseSteps steps, IReadOnlyList<PageOfCase> pages)
    {
        var tables = new StageTwoTables(CaseLayout.CodeAddress);
        var guest = NestedGuest.At(CaseLayout.CodeAddress, tables);
        steps.Add(new MapStep("code", null, CaseLayout.CodeSize, Write: true, Shared: false, CaseLayout.CodeSize));
        steps.Add(new WordsStep("code", 0, guest.Words));
        foreach (var words in tables.Words([.. pages.Select(p => (p.Mapping, p.Output))]))
            steps.Add(new WordsStep("code", words.Offset, words.Words));
        steps.Add(new MemslotStep("vm", CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code"));
        steps.Add(new VcpuStep("vcpu", "vm", Features: HasEl2));
        steps.Add(new GicStep("gic", "vm", NestedLayout.Distributor, NestedLayout.Redistributor));
        steps.Add(
            new SetRegistersStep(
                "vcpu",
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.NestedVectors,
                    [GuestRegister.X2] = NestedCase.StoredValue,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        return guest;
    }

    private static CompiledNested AddAct(
        CaseSteps steps,
        NestedAct act,
        PageOfCase page,
        NestedGuest guest,
        ProbeAbilities host
    )
    {
        ulong address = page.Address + (act.Deed == NestedDeed.ReadBeyond ? 1ul << StageTwoTables.InputBits : 0);
        string map = NameOf(page.Memory);
        StepHandle? call = act.Deed switch
        {
            NestedDeed.Protect => steps.Add(
                new ProtectStep(map, Read: true, Write: false, page.Offset, host.PageSize)
                {
                    OnError = OnError.Continue,
                }
            ),
            NestedDeed.Discard => steps.Add(
                new AdviseStep(map, AdviseDontNeed, page.Offset, host.PageSize) { OnError = OnError.Continue }
            ),
            NestedDeed.Delete => steps.Add(
                new MemslotStep("vm", NestedLayout.SlotOf(page.Memory), NestedLayout.AddressOf(page.Memory), 0, map)
                {
                    OnError = OnError.Continue,
                }
            ),
            _ => null,
        };
        return new CompiledNested(
            call is { } made ? [made] : Array.Empty<StepHandle>(),
            call is null ? AddRun(steps, act, page, address, guest, host) : null,
            host.Descriptor ? steps.Add(new Stage2Step(Exporter, "vm", address, Shadow: true)) : null
        );
    }

    private static CompiledNestedRun AddRun(
        CaseSteps steps,
        NestedAct act,
        PageOfCase page,
        ulong address,
        NestedGuest guest,
        ProbeAbilities host
    )
    {
        var entry = act.Deed switch
        {
            NestedDeed.Read or NestedDeed.ReadBeyond => NestedEntry.Read,
            NestedDeed.Write => NestedEntry.Write,
            NestedDeed.Execute => NestedEntry.Execute,
            NestedDeed.Map => NestedEntry.Map,
            NestedDeed.Invalidate => NestedEntry.Invalidate,
            NestedDeed.InvalidateAll => NestedEntry.InvalidateAll,
            _ => throw new ArgumentOutOfRangeException(nameof(act), act, "no act of a guest"),
        };
        var tables = new StageTwoTables(CaseLayout.CodeAddress);
        var registers = new Dictionary<GuestRegister, ulong>
        {
            [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.Entries[(int)entry],
            [GuestRegister.Pstate] = AtEl2,
            [GuestRegister.X1] = address,
        };
        if (act.Deed == NestedDeed.Map)
        {
            registers[GuestRegister.X3] = StageTwoTables.Descriptor(act.Mapping, page.Output);
            registers[GuestRegister.X4] = tables.DescriptorAddress(page.Number, page.Mapping);
        }
        if (act.Deed == NestedDeed.Invalidate)
            registers[GuestRegister.X5] = address >> 12;
        steps.Add(new SetRegistersStep("vcpu", registers));
        int timeout = act.DropsAll ? DropMs * host.Slowness : host.RunTimeoutMs;
        return new CompiledNestedRun(
            address,
            page.Output,
            (int)entry,
            steps.Add(new RunStep("vcpu", timeout)),
            steps.Add(new AnswerStep("vcpu", host.RunTimeoutMs, CaseLayout.ReportAddress, AnswerBy.Data)),
            steps.Add(new GetRegistersStep("vcpu", Registers))
        );
    }
}
