using Harness.Model;
using Harness.Model.Programs;
using Harness.Model.Slots;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>The VM and the slot under test, also those that aren't usual.</summary>
internal static class SlotCompiler
{
    /// <summary>A second open file: an exporter's file makes one kind of memory at a time.</summary>
    public const string SecondExporter = "exporter-2";

    internal const int CapArmMte = 205; // KVM_CAP_ARM_MTE, linux/kvm.h

    /// <summary>
    /// Everything up to the slot under test: the memory behind it, the VM, the slot; for a late backing, also its
    /// replacement of the memory.
    /// </summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">What the host can do.</param>
    /// <param name="ipaBits">See <see cref="AddVm"/>.</param>
    public static void AddVmAndSlot(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        if (host.Exporter || CaseCompiler.NeedsExporter(c))
            steps.Add(new OpenStep("exporter", "/dev/stage2-exporter"));
        if (c.Backing.Kind == VmaKind.GuestMemory)
        {
            AddVm(steps, c, host, ipaBits);
            AddGuestMemory(steps, c, host);
        }
        else
        {
            AddSlot(steps, c, host, ipaBits);
        }
    }

    /// <param name="steps">Added to.</param>
    /// <param name="c">The case.</param>
    /// <param name="host">The host.</param>
    /// <param name="ipaBits">
    /// The IPA size in the VM's type, if it is part of the test; null for the host's default.
    /// </param>
    private static void AddVm(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        ulong type = ipaBits is { } bits ? (ulong)bits : host.VmType;
        steps.Add(new VmStep("vm", type) { OnError = type == host.VmType ? OnError.Fail : OnError.End });
        foreach (var capability in steps.OfVm)
            steps.AddSetUp(capability);
        if (c.Mte)
            steps.AddSetUp(new EnableCapabilityStep("vm", CapArmMte) { OnError = OnError.End });
    }

    private static void AddGuestMemory(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        ulong size = host.Sizes.SlotSize(c.Extent);
        steps.AddSetUp(
            new GuestMemoryStep(MemoryCompiler.Memory, "vm", size, (ulong)c.Backing.GuestMemory)
            {
                OnError = OnError.End,
            }
        );
        if (c.Backing.Bound)
            steps.AddSetUp(
                BoundSlot(CaseLayout.FirstBoundSlot, CaseLayout.FirstBoundAddress, size, SlotCall.GuestMemfd)
            );
        steps.AddSetUp(
            BoundSlot(CaseLayout.TestSlot, CaseLayout.TestAddress, size, SlotCall.GuestMemfd | KvmFlags(c.Slot))
        );
    }

    /// <summary>The slot over its backing, or over plain memory that the backing replaces later.</summary>
    private static void AddSlot(CaseSteps steps, AttributeCase c, ProbeAbilities host, int? ipaBits = null)
    {
        if (c.Beside is not null)
        {
            AddTwoMappings(steps, c, c.Beside, host);
            AddVm(steps, c, host);
            AddMemslot(steps, c, host);
            return;
        }
        ulong size = host.Sizes.MappingSize(c);
        var source = MemoryCompiler.AddSource(steps, c, host);
        bool hole = c.Backing.Kind == VmaKind.Hole;

        if (c.Late || hole)
            steps.Add(
                new MapStep(
                    "plain",
                    null,
                    size,
                    Write: true,
                    Shared: false,
                    Math.Max(host.Sizes.Alignment(c.Extent), host.Sizes.HugePage(c.Backing.Provider))
                )
            );
        else
            MemoryCompiler.AddMapping(steps, c, host, source, over: null);
        if (hole && !c.Late)
            steps.Add(new HoleStep("plain"));
        AddVm(steps, c, host, ipaBits);
        if (OtherAddress(c, host) is { } other)
            AddOther(steps, c, other, host);
        if (c.Placement == Placement.Ordinary)
            AddMemslot(steps, c, host);
        else
            AddMisplaced(steps, c, host);
        if (c.Change is { To.Driver: true } change)
            AddExporter(steps, SecondExporter, change.To, host.Sizes.MappingSize(c.Extent));
        if (c.Late && hole)
            steps.Add(new HoleStep("plain"));
        else if (c.Late)
            MemoryCompiler.AddMapping(steps, c, host, source, over: "plain");
    }

    public static ulong SlotAddress(AttributeCase c, ProbeAbilities host) =>
        c.Beside is { First: true }
            ? CaseLayout.TestAddress - host.Sizes.SlotSize(c.Extent)
            : host.Sizes.PageAddress(c.Extent, SlotPage.First);

    /// <summary>Where the guest accesses the page under test.</summary>
    public static ulong PageAddress(AttributeCase c, ProbeAbilities host) =>
        c.Placement == Placement.AtIpaEnd
            ? host.EndOfGuestMemory - host.Sizes.SlotSize(c.Extent)
            : CaseLayout.TestAddress;

    /// <summary>
    /// Reads the frame that the process has behind the page of the last access; null where it has none: a guest_memfd,
    /// a hole, secret memory.
    /// </summary>
    public static FrameStep? FrameOf(AttributeCase c, ProbeAbilities host) =>
        c.Backing.Kind is VmaKind.GuestMemory or VmaKind.Hole or VmaKind.Secret
            ? null
            : new FrameStep(
                c.Change is { Kind: ChangeKind.Replace } ? ChangeCompiler.Changed : MemoryCompiler.Memory,
                (c.Beside is { First: true } ? host.Sizes.SlotSize(c.Extent) : host.Sizes.MappingOffset(c.Extent))
                    + (c.Accesses[^1] == Access.ReadNext ? host.PageSize : 0)
            );

    /// <summary>A slot there ends a page beyond the VM's IPA size.</summary>
    public static ulong PageBeyondIpa(AttributeCase c, ProbeAbilities host) =>
        host.EndOfGuestMemory - SlotSize(c, host) + host.PageSize;

    public static ulong SlotSize(AttributeCase c, ProbeAbilities host) =>
        host.Sizes.SlotSize(c.Extent) * (c.Beside is null ? 1ul : 2ul);

    private static void AddMemslot(CaseSteps steps, AttributeCase c, ProbeAbilities host) =>
        steps.AddSetUp(
            new MemslotStep(
                "vm",
                CaseLayout.TestSlot,
                SlotAddress(c, host),
                SlotSize(c, host),
                c.Beside is null && (c.Late || c.Backing.Kind == VmaKind.Hole) ? "plain" : MemoryCompiler.Memory,
                host.Sizes.MappingOffset(c.Extent),
                KvmFlags(c.Slot)
            )
            {
                OnError = OnError.End,
            }
        );

    private static void AddExporter(CaseSteps steps, string file, Backing backing, ulong size)
    {
        steps.Add(new OpenStep(file, "/dev/stage2-exporter"));
        MemoryCompiler.AddExport(steps, file, backing, size);
    }

    /// <summary>Two VMAs side by side, in one aligned mapping.</summary>
    private static void AddTwoMappings(CaseSteps steps, AttributeCase c, Neighbour beside, ProbeAbilities host)
    {
        ulong half = host.Sizes.SlotSize(c.Extent);
        if (c.Backing.Driver)
            MemoryCompiler.AddExport(steps, "exporter", c.Backing, half);
        if (beside.Backing.Driver)
            AddExporter(steps, SecondExporter, beside.Backing, half);
        steps.Add(new MapStep(MemoryCompiler.Memory, null, 2 * half, Write: true, Shared: false, half));
        AddHalf(steps, "exporter", c.Backing, c.VmaWritable, beside.First ? half : 0, half);
        AddHalf(steps, SecondExporter, beside.Backing, beside.Writable, beside.First ? 0 : half, half);
    }

    private static void AddHalf(CaseSteps steps, string file, Backing backing, bool writable, ulong offset, ulong size)
    {
        if (backing.Kind == VmaKind.Hole)
            steps.Add(new HoleStep(MemoryCompiler.Memory, offset, size));
        else
            steps.Add(
                MapStep.Into(
                    MemoryCompiler.Memory,
                    offset,
                    backing.Driver ? file : null,
                    size,
                    writable,
                    backing.Sharing == Sharing.Shared
                )
            );
    }

    /// <summary>Where another slot is, beside or over the tested one or what that is moved to; null for none.</summary>
    private static ulong? OtherAddress(AttributeCase c, ProbeAbilities host) =>
        c.Placement == Placement.Overlapping ? CaseLayout.TestAddress - host.Sizes.SlotSize(c.Extent) / 2
        : c.Placement == Placement.Adjoining ? CaseLayout.TestAddress - host.Sizes.SlotSize(c.Extent)
        : c.Change is { Kind: ChangeKind.MoveOnto } ? CaseLayout.MovedAddress
        : null;

    private static void AddOther(CaseSteps steps, AttributeCase c, ulong address, ProbeAbilities host)
    {
        ulong size = host.Sizes.SlotSize(c.Extent);
        steps.Add(new MapStep("other", null, size, Write: true, Shared: false, size));
        steps.AddSetUp(new MemslotStep("vm", CaseLayout.OtherSlot, address, size, "other"));
    }

    private static void AddMisplaced(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        ulong size = host.Sizes.SlotSize(c.Extent);
        var (address, bytes, offset) = c.Placement switch
        {
            Placement.AddressUnaligned => (CaseLayout.TestAddress + CaseLayout.Unaligned, size, 0ul),
            Placement.HostUnaligned => (CaseLayout.TestAddress, size, CaseLayout.Unaligned),
            Placement.SizeUnaligned => (CaseLayout.TestAddress, size - CaseLayout.Unaligned, 0ul),
            Placement.Wrapping => (0ul - size / 2, size, 0ul),
            Placement.Absent => (CaseLayout.TestAddress, 0ul, 0ul),
            Placement.BeyondIpa => (host.EndOfGuestMemory, size, 0ul),
            Placement.PageBeyondIpa => (PageBeyondIpa(c, host), size, 0ul),
            _ => (PageAddress(c, host), size, 0ul),
        };
        steps.AddSetUp(
            new MemslotStep("vm", CaseLayout.TestSlot, address, bytes, MemoryCompiler.Memory, offset, KvmFlags(c.Slot))
            {
                OnError = OnError.End,
            }
        );
    }

    /// <summary>A slot over the case's guest_memfd.</summary>
    public static MemslotStep BoundSlot(int slot, ulong address, ulong size, uint flags) =>
        new("vm", slot, address, size, null, Flags: flags, Binding: new Binding(MemoryCompiler.Memory))
        {
            OnError = OnError.End,
        };

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is 1 and KVM_MEM_READONLY is 2, as in <see cref="SlotFlags"/>.</summary>
    public static uint KvmFlags(SlotFlags flags) => (uint)flags;
}
