using System.Runtime.InteropServices;

namespace Harness.Probe.Kvm.Native;

[CStruct("struct kvm_userspace_memory_region", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmUserspaceMemoryRegion
{
    [CField("slot")]
    public uint Slot;

    [CField("flags")]
    public uint Flags;

    [CField("guest_phys_addr")]
    public ulong GuestPhysicalAddress;

    [CField("memory_size")]
    public ulong MemorySize;

    [CField("userspace_addr")]
    public ulong UserspaceAddress;
}

[CStruct("struct kvm_userspace_memory_region2", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KvmUserspaceMemoryRegion2
{
    [CField("slot")]
    public uint Slot;

    [CField("flags")]
    public uint Flags;

    [CField("guest_phys_addr")]
    public ulong GuestPhysicalAddress;

    [CField("memory_size")]
    public ulong MemorySize;

    [CField("userspace_addr")]
    public ulong UserspaceAddress;

    [CField("guest_memfd_offset")]
    public ulong GuestMemfdOffset;

    [CField("guest_memfd")]
    public uint GuestMemfd;

    [CField("pad1")]
    public uint Padding1;

    [CField("pad2")]
    public fixed ulong Padding2[14];
}

[CStruct("struct kvm_create_guest_memfd", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KvmCreateGuestMemfd
{
    [CField("size")]
    public ulong Size;

    [CField("flags")]
    public ulong Flags;

    [CField("reserved")]
    public fixed ulong Reserved[6];
}

[CStruct("struct kvm_enable_cap", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KvmEnableCap
{
    [CField("cap")]
    public uint Capability;

    [CField("flags")]
    public uint Flags;

    [CField("args")]
    public fixed ulong Arguments[4];

    [CField("pad")]
    public fixed byte Padding[64];
}

[CStruct("struct kvm_dirty_log", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmDirtyLog
{
    [CField("slot")]
    public uint Slot;

    [CField("padding1")]
    public uint Padding1;

    [CField("dirty_bitmap")]
    public ulong Bitmap;
}

[CStruct("struct kvm_arm_copy_mte_tags", "asm/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KvmArmCopyMteTags
{
    [CField("guest_ipa")]
    public ulong GuestAddress;

    [CField("length")]
    public ulong Length;

    [CField("addr")]
    public ulong Address;

    [CField("flags")]
    public ulong Flags;

    [CField("reserved")]
    public fixed ulong Reserved[2];
}

[CStruct("struct kvm_clear_dirty_log", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmClearDirtyLog
{
    [CField("slot")]
    public uint Slot;

    [CField("num_pages")]
    public uint Pages;

    [CField("first_page")]
    public ulong FirstPage;

    [CField("dirty_bitmap")]
    public ulong Bitmap;
}

[CStruct("struct kvm_dirty_gfn", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmDirtyGfn
{
    [CField("flags")]
    public uint Flags;

    [CField("slot")]
    public uint Slot;

    [CField("offset")]
    public ulong Offset;
}

[CStruct("struct kvm_vcpu_events", "linux/kvm.h")]
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct KvmVcpuEvents
{
    [FieldOffset(0), CField("exception.serror_pending")]
    public byte SErrorPending;

    [FieldOffset(2), CField("exception.ext_dabt_pending")]
    public byte ExternalAbort;
}

/// <summary>The fixed part; the ids follow.</summary>
[CStruct("struct kvm_reg_list", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmRegList
{
    [CField("n")]
    public ulong Count;
}

[CStruct("struct kvm_vcpu_init", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KvmVcpuInit
{
    [CField("target")]
    public uint Target;

    [CField("features")]
    public fixed uint Features[7];
}

[CStruct("struct kvm_create_device", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmCreateDevice
{
    [CField("type")]
    public uint Type;

    [CField("fd")]
    public uint Fd;

    [CField("flags")]
    public uint Flags;
}

[CStruct("struct kvm_device_attr", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmDeviceAttr
{
    [CField("flags")]
    public uint Flags;

    [CField("group")]
    public uint Group;

    [CField("attr")]
    public ulong Attribute;

    [CField("addr")]
    public ulong Address;
}

[CStruct("struct kvm_one_reg", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmOneReg
{
    [CField("id")]
    public ulong Id;

    [CField("addr")]
    public ulong Address;
}

[CStruct("struct reg_mask_range", "asm/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RegMaskRange
{
    [CField("addr")]
    public ulong Address;

    [CField("range")]
    public uint Range;

    [CField("reserved")]
    public fixed uint Reserved[13];
}

/// <summary>The fixed part; the set follows directly.</summary>
[CStruct("struct kvm_signal_mask", "linux/kvm.h")]
[StructLayout(LayoutKind.Sequential)]
public struct KvmSignalMask
{
    [CField("len")]
    public uint Length;
}

/// <summary>The start of the page that a vCPU shares with its process, with the exits that arm64 has.</summary>
[CStruct("struct kvm_run", "linux/kvm.h")]
[StructLayout(LayoutKind.Explicit, Size = 2352)]
public struct KvmRunPage
{
    [FieldOffset(1), CField("immediate_exit")]
    public byte ImmediateExit;

    [FieldOffset(8), CField("exit_reason")]
    public uint ExitReason;

    [FieldOffset(32), CField("mmio.phys_addr")]
    public ulong MmioAddress;

    [FieldOffset(40), CField("mmio.data")]
    public ulong MmioData;

    [FieldOffset(48), CField("mmio.len")]
    public uint MmioLength;

    [FieldOffset(52), CField("mmio.is_write")]
    public byte MmioIsWrite;

    [FieldOffset(32), CField("fail_entry.hardware_entry_failure_reason")]
    public ulong FailEntryReason;

    [FieldOffset(32), CField("internal.suberror")]
    public uint InternalSubError;

    [FieldOffset(32), CField("system_event.type")]
    public uint SystemEventType;

    [FieldOffset(32), CField("arm_nisv.esr_iss")]
    public ulong NisvSyndrome;

    [FieldOffset(40), CField("arm_nisv.fault_ipa")]
    public ulong NisvAddress;

    [FieldOffset(32), CField("memory_fault.flags")]
    public ulong MemoryFaultFlags;

    [FieldOffset(40), CField("memory_fault.gpa")]
    public ulong MemoryFaultAddress;

    [FieldOffset(48), CField("memory_fault.size")]
    public ulong MemoryFaultSize;
}
