using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>hugetlbfs's pool of 2 MiB pages.</summary>
internal static class HugePagePool
{
    private const string Folder = "/sys/kernel/mm/hugepages/hugepages-2048kB/";

    /// <summary>nr_hugepages and free_hugepages; minus the errno if they can't be read.</summary>
    public static (int Total, int Free) Read()
    {
        int total = Number("nr_hugepages");
        return total < 0 ? (total, total) : (total, Number("free_hugepages"));
    }

    /// <summary>Ensures that this many pages are free: 0, or the errno.</summary>
    public static int Reserve(int count, Settings settings)
    {
        var (total, free) = Read();
        if (total < 0)
            return -total;
        if (free >= count)
            return 0;
        int errno = settings.Write(
            Folder + "nr_hugepages",
            (total + count - free).ToString(),
            (Folder + "nr_hugepages", total.ToString())
        );
        if (errno != 0)
            return errno;
        return Read().Free >= count ? 0 : ProviderConstants.ENOMEM;
    }

    private static int Number(string file)
    {
        string? text = SmallFile.ReadText(Folder + file, out int errno);
        return text is null ? -errno : int.Parse(text.Trim());
    }
}
