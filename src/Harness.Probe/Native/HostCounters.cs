using System.Globalization;
using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Protocol;

namespace Harness.Probe.Native;

/// <summary>Reads what <see cref="CountersStep"/> documents, each time anew.</summary>
internal static unsafe class HostCounters
{
    /// <summary>The name of the probe's own memfd, which is not the program's.</summary>
    public const string OwnFile = "stage2-probe";

    private const string Debug = "/sys/kernel/debug";

    /// <summary>The lines of /proc/meminfo that no other one includes.</summary>
    private static readonly string[] Counted =
    [
        "MemFree:",
        "Buffers:",
        "Cached:",
        "SwapCached:",
        "AnonPages:",
        "Slab:",
        "KernelStack:",
        "PageTables:",
        "SecPageTables:",
        "VmallocUsed:",
        "Percpu:",
        "Hugetlb:",
    ];

    private const ulong AlignedFrom = Mapping.OutOfTheWay;
    private const ulong AlignedTo = 2 * Mapping.OutOfTheWay;

    public static CountersResult Read()
    {
        var (vms, orphans) = Vms();
        int? descriptors = Folders.Names("/proc/self/fd")?.Count - 1; // without the descriptor used to list them
        string? areas = SmallFile.ReadText("/proc/self/maps", out _);
        // Each processor defers its updates by up to a second; this flushes them (root only: mm/vmstat.c,
        // vmstat_refresh).
        SmallFile.Write("/proc/sys/vm/stat_refresh", "1");
        string memory = SmallFile.ReadText("/proc/meminfo", out _) ?? "";
        string files = SmallFile.ReadText("/proc/sys/fs/file-nr", out _) ?? "";
        return new CountersResult(
            vms,
            orphans,
            descriptors,
            areas is null ? null : CountAreas(areas),
            KiB(memory, "Mlocked:"),
            KiB(memory, "Unevictable:"),
            KiB(memory, "SecPageTables:"),
            KiB(memory, "Shmem:"),
            KiB(memory, "MemFree:"),
            TryNumber(files.Split('\t')[0], out long open) ? open : null,
            Uncounted(memory)
        );
    }

    /// <summary>How much swap is free; null if it can't be read.</summary>
    public static long? SwapFreeKiB() => KiB(SmallFile.ReadText("/proc/meminfo", out _) ?? "", "SwapFree:");

    /// <summary>
    /// What no line of /proc/meminfo counts. Cached includes Shmem, Slab both kinds of slab, and Hugetlb the pool
    /// (fs/proc/meminfo.c, meminfo_proc_show()). Lines that a kernel lacks count nothing.
    /// </summary>
    internal static long? Uncounted(string memory)
    {
        memory = "\n" + memory;
        if (KiB(memory, "MemTotal:") is not { } left)
            return null;
        foreach (string name in Counted)
            left -= KiB(memory, name) ?? 0;
        return left;
    }

    /// <summary>The areas of a program's files and of its aligned mappings in /proc/self/maps.</summary>
    internal static int CountAreas(string maps)
    {
        int count = 0;
        foreach (string line in maps.Split('\n'))
        {
            int dash = line.IndexOf('-');
            if (
                dash < 0
                || !ulong.TryParse(
                    line.Substring(0, dash),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture,
                    out ulong start
                )
            )
                continue;
            // 7f0000000000-7f0000001000 rw-s 00000000 00:01 17 /memfd:m (deleted)
            string[] parts = line.Split([' '], 6, StringSplitOptions.RemoveEmptyEntries);
            string path = parts.Length > 5 ? parts[5] : "";
            bool ofRuntime =
                path.StartsWith("/memfd:doublemapper", StringComparison.Ordinal)
                || path.StartsWith("/memfd:" + OwnFile, StringComparison.Ordinal);
            bool made =
                path.EndsWith(" (deleted)", StringComparison.Ordinal)
                || path.Contains("kvm-")
                || path.StartsWith("anon_inode:", StringComparison.Ordinal)
                || path.StartsWith("/dev/", StringComparison.Ordinal)
                || path.StartsWith("/sys/", StringComparison.Ordinal)
                || start is >= AlignedFrom and < AlignedTo;
            if (made && !ofRuntime)
                count++;
        }
        return count;
    }

    private static (int? Own, int? Orphans) Vms()
    {
        var folders = Folders.Names(Debug + "/kvm");
        if (folders is null)
        {
            // debugfs may not be mounted: root mounts it. If that fails too, the counter is omitted.
            fixed (
                byte* type = Encoding.ASCII.GetBytes("debugfs\0"),
                    target = Encoding.ASCII.GetBytes(Debug + "\0")
            )
                if (Posix.mount(type, target, type, 0, null) == 0)
                    folders = Folders.Names(Debug + "/kvm");
        }
        if (folders is null)
            return (null, null);
        string own = Libc.getpid().ToString(CultureInfo.InvariantCulture);
        int vms = 0,
            orphans = 0;
        foreach (string folder in folders)
        {
            int dash = folder.IndexOf('-');
            if (dash <= 0 || !TryNumber(folder.Substring(0, dash), out _))
                continue;
            string pid = folder.Substring(0, dash);
            if (pid == own)
                vms++;
            else if (string.IsNullOrEmpty(SmallFile.ReadText($"/proc/{pid}/cmdline", out _)))
                orphans++; // an exiting process has no memory any more, and no command line
        }
        return (vms, orphans);
    }

    private static long? KiB(string memory, string name)
    {
        int at = memory.IndexOf("\n" + name, StringComparison.Ordinal);
        if (at < 0)
            return null;
        at += 1 + name.Length;
        int end = memory.IndexOf(" kB", at, StringComparison.Ordinal);
        return end > at && TryNumber(memory.Substring(at, end - at).Trim(), out long kib) ? kib : null;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
