using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;
using Harness.Protocol;

namespace Harness.Probe.Native;

[CStruct("struct stage2_export", "stage2_exporter.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct Stage2Export
{
    [CField("struct_size")]
    public uint StructSize;

    [CField("memory")]
    public uint Memory;

    [CField("type")]
    public uint Type;

    [CField("vma")]
    public uint Vma;

    [CField("flags")]
    public uint Flags;

    [CField("reserved")]
    public uint Reserved;

    [CField("length")]
    public ulong Length;
}

[CStruct("struct stage2_read", "stage2_exporter.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct Stage2Read
{
    [CField("vm_fd")]
    public int Vm;

    [CField("shadow")]
    public uint Shadow;

    [CField("ipa")]
    public ulong Ipa;

    [CField("descriptor")]
    public ulong Descriptor;

    [CField("level")]
    public int Level;

    [CField("start_level")]
    public int StartLevel;

    [CField("ia_bits")]
    public uint IaBits;

    [CField("valid")]
    public uint Valid;

    [CField("pgt_flags")]
    public ulong PgtFlags;
}

[CStruct("struct stage2_facts", "stage2_exporter.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct Stage2Facts
{
    [CField("abi")]
    public uint Abi;

    [CField("page_size")]
    public uint PageSize;

    [CField("unknown_base")]
    public ulong UnknownBase;

    [CField("unknown_size")]
    public ulong UnknownSize;

    [CField("ctr_el0")]
    public ulong CtrEl0;

    [CField("id_aa64mmfr0_el1")]
    public ulong Mmfr0;

    [CField("id_aa64mmfr1_el1")]
    public ulong Mmfr1;

    [CField("id_aa64mmfr2_el1")]
    public ulong Mmfr2;

    [CField("id_aa64pfr1_el1")]
    public ulong Pfr1;

    [CField("current_el")]
    public ulong CurrentEl;

    [CField("protected_mode")]
    public uint ProtectedMode;

    [CField("can_walk")]
    public uint CanWalk;

    [CField("huge_pfns")]
    public uint HugePfns;

    [CField("can_hotplug")]
    public uint CanHotplug;

    [CField("hotplug_base")]
    public ulong HotplugBase;

    [CField("hotplug_size")]
    public ulong HotplugSize;

    [CField("dax_base")]
    public ulong DaxBase;

    [CField("dax_size")]
    public ulong DaxSize;

    [CField("has_dax")]
    public uint HasDax;

    [CField("reserved")]
    public uint Reserved;
}

/// <summary>guest-images/exporter/stage2_exporter.h. Each call returns 0 or the errno.</summary>
internal static unsafe class Exporter
{
    public const string Device = "/dev/stage2-exporter";

    private const byte Type = (byte)'S';
    private const uint AllowAnyUncached = 1,
        InsertOnFault = 2,
        InsertHuge = 4,
        Notified = 8,
        Scattered = 16; // stage2_export.flags

    [CConstant("STAGE2_EXPORT", "stage2_exporter.h")]
    public static nuint STAGE2_EXPORT => Ioctl.Write<Stage2Export>(Type, 1);

    [CConstant("STAGE2_READ", "stage2_exporter.h")]
    public static nuint STAGE2_READ => Ioctl.ReadWrite<Stage2Read>(Type, 2);

    [CConstant("STAGE2_FACTS", "stage2_exporter.h")]
    public static nuint STAGE2_FACTS => Ioctl.Read<Stage2Facts>(Type, 3);

    [CConstant("STAGE2_HOTPLUG", "stage2_exporter.h")]
    public static nuint STAGE2_HOTPLUG => Ioctl.Write<uint>(Type, 4);

    public static int Export(int fd, ExportStep step)
    {
        var export = new Stage2Export
        {
            StructSize = (uint)sizeof(Stage2Export),
            Memory = (uint)step.Memory,
            Type = (uint)step.Type,
            Vma = (uint)step.Vma,
            Flags = (step.AnyUncached ? AllowAnyUncached : 0) | Flags(step.Insert),
            Length = step.Size,
        };
        return Libc.ioctl(fd, STAGE2_EXPORT, &export) < 0 ? Libc.Error() : 0;
    }

    public static int Read(int fd, int vm, ulong ipa, bool shadow, out Stage2Read read)
    {
        var r = new Stage2Read
        {
            Vm = vm,
            Shadow = shadow ? 1u : 0,
            Ipa = ipa,
        };
        int errno = Libc.ioctl(fd, STAGE2_READ, &r) < 0 ? Libc.Error() : 0;
        read = r;
        return errno;
    }

    public static int Hotplug(int fd, bool added)
    {
        uint argument = added ? 1u : 0u;
        return Libc.ioctl(fd, STAGE2_HOTPLUG, &argument) < 0 ? Libc.Error() : 0;
    }

    public static int Facts(int fd, out Stage2Facts facts)
    {
        Stage2Facts f = default;
        int errno = Libc.ioctl(fd, STAGE2_FACTS, &f) < 0 ? Libc.Error() : 0;
        facts = f;
        return errno;
    }

    private static uint Flags(PageInsertion insert) =>
        insert switch
        {
            PageInsertion.Fault => InsertOnFault,
            PageInsertion.Huge => InsertHuge,
            PageInsertion.Notified => InsertOnFault | Notified,
            PageInsertion.Scattered => InsertOnFault | Scattered,
            _ => 0,
        };
}
