using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

/// <summary>The memory providers of a host, as read there.</summary>
/// <remarks>
/// "thp" {enabled, size}; "hugetlb" {total, free} of pages of a block's size: negative is minus the errno;
/// "hugetlbPools": one {kib, total, free} for each size of pages; "temporary" {folder, errno}; "udmabuf" {errno,
/// flags}: the VMA's in /proc/self/smaps; "devmem" {errno}; "dax" {errno}, of the exporter's device; "pci": one
/// {address, ...} for each device named.
/// </remarks>
internal static unsafe class ProviderFacts
{
    /// <summary>What a descriptor of level 2 maps: a page's worth of pages.</summary>
    private static int MiBOfBlock =>
        (int)((long)Environment.SystemPageSize * Environment.SystemPageSize / sizeof(ulong) >> 20);

    private const string Thp = "/sys/kernel/mm/transparent_hugepage/";

    public static Fields Collect(FactsQuery query)
    {
        var (total, free) = HugePagePool.Read(MiBOfBlock << 10);
        Fields[] pci = [.. query.Pci.Select(address => new PciDevice(address).Facts())];
        return Fields.Of(
            ("thp", Fields.Of(("enabled", Text(Thp + "enabled")), ("size", Text(Thp + "hpage_pmd_size")))),
            ("hugetlb", Fields.Of(("total", total), ("free", free))),
            ("hugetlbPools", (Fields[])[.. HugePagePool.Sizes.Select(Pool)]),
            ("temporary", Temporary()),
            ("udmabuf", UdmaBuf()),
            ("devmem", Fields.Of(("errno", Opens("/dev/mem")))),
            ("dax", Fields.Of(("errno", MapsDax()))),
            ("pci", pci)
        );
    }

    private static Fields Pool(int kib)
    {
        var (total, free) = HugePagePool.Read(kib);
        return Fields.Of(("kib", kib), ("total", total), ("free", free));
    }

    private static Fields Temporary()
    {
        int errno = 0;
        foreach (string folder in TemporaryFiles.Folders)
        {
            errno = TemporaryFiles.Try(folder);
            if (errno == 0)
                return Fields.Of(("folder", folder), ("errno", 0));
        }
        return Fields.Of(("folder", null), ("errno", errno));
    }

    private static Fields UdmaBuf()
    {
        ulong page = (ulong)Libc.getpagesize();
        int memory = Paths.Memfd("udmabuf", MFD_CLOEXEC | ProviderConstants.MFD_ALLOW_SEALING);
        if (memory < 0)
            return Fields.Of(("errno", -memory), ("flags", null));
        Libc.ftruncate(memory, (long)page);
        Posix.fcntl(memory, ProviderConstants.F_ADD_SEALS, ProviderConstants.F_SEAL_SHRINK);
        int fd = UdmaBufs.Create(memory, page);
        Libc.close(memory);
        if (fd < 0)
            return Fields.Of(("errno", -fd), ("flags", null));
        using var map = Mapping.Make(fd, page, write: true, shared: true, 0, out int errno);
        Libc.close(fd);
        string? flags = map is null ? null : MemoryAreas.Read((ulong)map.Address, page, out errno)?.Flags;
        return Fields.Of(("errno", errno), ("flags", flags));
    }

    /// <summary>The exporter's device-dax device can be opened, and mapped: that takes CONFIG_FS_DAX.</summary>
    private static int MapsDax()
    {
        int fd = Paths.Open(DaxDevice.Path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return -fd;
        ulong block = (ulong)MiBOfBlock << 20;
        using var map = Mapping.Make(fd, block, write: true, shared: true, block, out int errno);
        Libc.close(fd);
        return errno;
    }

    private static int Opens(string path)
    {
        int fd = Paths.Open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return -fd;
        Libc.close(fd);
        return 0;
    }

    private static object Text(string path) =>
        SmallFile.ReadText(path, out int errno)?.Trim() ?? (object)Fields.Of(("errno", errno));
}
