using System.Numerics;
using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>hugetlbfs's pools: one for each size of its pages.</summary>
internal static class HugePagePool
{
    private const int UsualMiB = 2;

    private static string Folder(int? pageMiB) =>
        $"/sys/kernel/mm/hugepages/hugepages-{(pageMiB ?? UsualMiB) << 10}kB/";

    /// <summary>The size of a page, in bytes.</summary>
    public static ulong Size(int? pageMiB) => (ulong)(pageMiB ?? UsualMiB) << 20;

    /// <summary>The flag of memfd_create(2) for pages of a size: its logarithm, from bit 26 on.</summary>
    public static uint Flag(int? pageMiB) =>
        (uint)BitOperations.Log2(Size(pageMiB)) << ProviderConstants.MFD_HUGE_SHIFT;

    /// <summary>
    /// nr_hugepages, and how many are free and not reserved for a mapping that has not touched them yet
    /// (available_huge_pages(), mm/hugetlb.c); minus the errno if they can't be read.
    /// </summary>
    public static (int Total, int Free) Read(int? pageMiB)
    {
        int total = Number(pageMiB, "nr_hugepages");
        if (total < 0)
            return (total, total);
        int free = Number(pageMiB, "free_hugepages");
        return (total, free < 0 ? free : Math.Max(0, free - Math.Max(0, Number(pageMiB, "resv_hugepages"))));
    }

    /// <summary>Ensures that this many pages are free: 0, or the errno.</summary>
    public static int Reserve(int count, int? pageMiB, Settings settings)
    {
        var (total, free) = Read(pageMiB);
        if (total < 0)
            return -total;
        if (free >= count)
            return 0;
        int errno = settings.Write(
            Folder(pageMiB) + "nr_hugepages",
            (total + count - free).ToString(),
            (Folder(pageMiB) + "nr_hugepages", total.ToString())
        );
        if (errno != 0)
            return errno;
        return Read(pageMiB).Free >= count ? 0 : ProviderConstants.ENOMEM;
    }

    private static int Number(int? pageMiB, string file)
    {
        string? text = SmallFile.ReadText(Folder(pageMiB) + file, out int errno);
        return text is null ? -errno : int.Parse(text.Trim());
    }
}
