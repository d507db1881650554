using System.Runtime.InteropServices;
using Harness.Kvm.Native;

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

    [CField("reserved")]
    public uint Reserved;

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

    [CField("reserved")]
    public uint Reserved;
}

/// <summary>guest-images/exporter/stage2_exporter.h. Each call returns 0 or the errno.</summary>
internal static unsafe class Exporter
{
    public const string Device = "/dev/stage2-exporter";

    private const byte Type = (byte)'S';
    private static readonly string[] Memories = ["known", "unknown", "unheld"];
    private static readonly string[] Types = ["wb", "nc", "ngnre", "ngnrne"];
    private static readonly string[] Vmas = ["pfnmap", "mixedmap"];

    private static readonly string[] Inserts = ["mmap", "fault", "huge", "notified", "scattered"];

    /// <summary>
    /// For each of <see cref="Inserts"/> the flags of stage2_export: STAGE2_INSERT_ON_FAULT is 2, STAGE2_INSERT_HUGE 4,
    /// STAGE2_NOTIFIED 8, STAGE2_SCATTERED 16.
    /// </summary>
    private static readonly uint[] InsertFlags = [0, 2, 4, 2 | 8, 2 | 16];

    [CConstant("STAGE2_EXPORT", "stage2_exporter.h")]
    public static nuint STAGE2_EXPORT => Ioctl.Write<Stage2Export>(Type, 1);

    [CConstant("STAGE2_READ", "stage2_exporter.h")]
    public static nuint STAGE2_READ => Ioctl.ReadWrite<Stage2Read>(Type, 2);

    [CConstant("STAGE2_FACTS", "stage2_exporter.h")]
    public static nuint STAGE2_FACTS => Ioctl.Read<Stage2Facts>(Type, 3);

    /// <exception cref="FormatException">A word is not one of the header's kinds.</exception>
    public static int Export(int fd, string memory, string type, string vma, bool anyUncached, ulong size, string insert = "mmap")
    {
        var export = new Stage2Export
        {
            StructSize = (uint)sizeof(Stage2Export),
            Memory = Kind(Memories, memory),
            Type = Kind(Types, type),
            Vma = Kind(Vmas, vma),
            Flags = (anyUncached ? 1u : 0) | InsertFlags[Kind(Inserts, insert)],
            Length = size,
        };
        return Libc.ioctl(fd, STAGE2_EXPORT, &export) < 0 ? Libc.Error() : 0;
    }

    public static int Read(int fd, int vm, ulong ipa, out Stage2Read read)
    {
        var r = new Stage2Read { Vm = vm, Ipa = ipa };
        int errno = Libc.ioctl(fd, STAGE2_READ, &r) < 0 ? Libc.Error() : 0;
        read = r;
        return errno;
    }

    public static int Facts(int fd, out Stage2Facts facts)
    {
        Stage2Facts f = default;
        int errno = Libc.ioctl(fd, STAGE2_FACTS, &f) < 0 ? Libc.Error() : 0;
        facts = f;
        return errno;
    }

    private static uint Kind(string[] kinds, string word)
    {
        int kind = Array.IndexOf(kinds, word);
        return kind >= 0 ? (uint)kind : throw new FormatException($"'{word}' is none of {string.Join(", ", kinds)}");
    }
}
