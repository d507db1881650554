using System.Numerics;
using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>hugetlbfs's pools: one for each size of its pages.</summary>
internal static class HugePagePool
{
    private const int UsualKiB = 2048;

    private const string Pools = "/sys/kernel/mm/hugepages/";

    private const string Prefix = "hugepages-";

    /// <summary>The sizes of pages there are, in KiB; ascending.</summary>
    public static IReadOnlyList<int> Sizes =>
        Directory.Exists(Pools)
            ?
            [
                .. Directory
                    .EnumerateDirectories(Pools, Prefix + "*kB")
                    .Select(path => Path.GetFileName(path)[Prefix.Length..^2])
                    .Select(kib => int.TryParse(kib, out int number) ? number : 0)
                    .Where(kib => kib > 0)
                    .Order(),
            ]
            : [];

    private static string Folder(int? pageKiB) => $"{Pools}{Prefix}{pageKiB ?? UsualKiB}kB/";

    /// <summary>The size of a page, in bytes.</summary>
    public static ulong Size(int? pageKiB) => (ulong)(pageKiB ?? UsualKiB) << 10;

    /// <summary>The flag of memfd_create(2) for pages of a size: its logarithm, from bit 26 on.</summary>
    public static uint Flag(int? pageKiB) =>
        (uint)BitOperations.Log2(Size(pageKiB)) << ProviderConstants.MFD_HUGE_SHIFT;

    /// <summary>
    /// nr_hugepages, and how many are free and not reserved for a mapping that has not touched them yet
    /// (available_huge_pages(), mm/hugetlb.c); minus the errno if they can't be read.
    /// </summary>
    public static (int Total, int Free) Read(int? pageKiB)
    {
        int total = Number(pageKiB, "nr_hugepages");
        if (total < 0)
            return (total, total);
        int free = Number(pageKiB, "free_hugepages");
        return (total, free < 0 ? free : Math.Max(0, free - Math.Max(0, Number(pageKiB, "resv_hugepages"))));
    }

    /// <summary>Ensures that this many pages are free: 0, or the errno.</summary>
    public static int Reserve(int count, int? pageKiB, Settings settings)
    {
        var (total, free) = Read(pageKiB);
        if (total < 0)
            return -total;
        if (free >= count)
            return 0;
        int errno = settings.Write(
            Folder(pageKiB) + "nr_hugepages",
            (total + count - free).ToString(),
            (Folder(pageKiB) + "nr_hugepages", total.ToString())
        );
        if (errno != 0)
            return errno;
        return Read(pageKiB).Free >= count ? 0 : ProviderConstants.ENOMEM;
    }

    private static int Number(int? pageKiB, string file)
    {
        string? text = SmallFile.ReadText(Folder(pageKiB) + file, out int errno);
        return text is null ? -errno : int.Parse(text.Trim());
    }
}
