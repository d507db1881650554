using Harness.Model.Dimensions;

namespace Harness.Model.Nesting;

/// <summary>What the host has at the address that the guest hypervisor's stage 2 translates to.</summary>
public enum NestedMemory : byte
{
    /// <summary>No slot.</summary>
    None,

    /// <summary>A slot of anonymous memory that the process has stored to, smaller than a block.</summary>
    Plain,

    /// <summary>A READONLY slot of such memory.</summary>
    ReadOnly,

    /// <summary>The same memory with KVM_MEM_LOG_DIRTY_PAGES.</summary>
    Logged,

    /// <summary>A slot of a driver's Device memory, VM_PFNMAP.</summary>
    Device,

    /// <summary>A slot of a driver's cacheable memory that the kernel doesn't know, VM_PFNMAP.</summary>
    Cacheable,

    /// <summary>A slot of huge pages.</summary>
    Huge,
}

/// <summary>The words of memory, and what a slot over it is.</summary>
public static class NestedMemories
{
    public static Words<NestedMemory> All { get; } =
        new()
        {
            { NestedMemory.None, "none", "no slot" },
            { NestedMemory.Plain, "plain", "a slot of anonymous memory" },
            { NestedMemory.ReadOnly, "ro", "a READONLY slot" },
            { NestedMemory.Logged, "log", "a slot that is logged for dirty pages" },
            { NestedMemory.Device, "device", "a slot of a driver's Device memory" },
            { NestedMemory.Cacheable, "cacheable", "a slot of a driver's cacheable memory" },
            { NestedMemory.Huge, "huge", "a slot of huge pages" },
        };

    /// <summary>The memory behind the slot, and behind nothing where there is none.</summary>
    public static Backing Backing(this NestedMemory memory) =>
        memory switch
        {
            NestedMemory.Device => Drivers(VmaMemoryType.DeviceNGnRE),
            NestedMemory.Cacheable => Drivers(VmaMemoryType.WriteBack),
            NestedMemory.Huge => Harness.Model.Backing.Plain with { Provider = Provider.Thp },
            _ => Harness.Model.Backing.Plain,
        };

    public static SlotFlags Flags(this NestedMemory memory) =>
        memory switch
        {
            NestedMemory.ReadOnly => SlotFlags.ReadOnly,
            NestedMemory.Logged => SlotFlags.LogDirtyPages,
            _ => SlotFlags.None,
        };

    public static bool HasSlot(this NestedMemory memory) => memory != NestedMemory.None;

    public static bool IsDrivers(this NestedMemory memory) => memory is NestedMemory.Device or NestedMemory.Cacheable;

    private static Backing Drivers(VmaMemoryType type) =>
        new(VmaKind.PfnMap, KernelMap.Unknown, type, Sharing.Shared, AllowAnyUncached: false);
}
