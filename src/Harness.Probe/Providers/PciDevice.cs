using System.Globalization;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

/// <summary>A PCI device in sysfs, named by the user.</summary>
internal sealed unsafe class PciDevice(string address)
{
    private const string Bus = "/sys/bus/pci/";
    private const string VfioPci = "vfio-pci";
    private const ulong IoResourceMemory = 0x200,
        IoResourcePrefetch = 0x2000; // linux/ioport.h
    private const int Bars = 6;

    private string Folder => $"{Bus}devices/{address}/";

    /// <summary>
    /// "address", "errno", "vendor", "device", "driver", "group", "vfioPci" (the driver is there), "container" (errno
    /// of opening /dev/vfio/vfio) and "bars": {"index", "start", "size", "prefetchable", "resource", "resourceWc",
    /// "devmem"}, the last three the errnos of mapping a page.
    /// </summary>
    public Fields Facts()
    {
        string? table = SmallFile.ReadText(Folder + "resource", out int errno);
        if (table is null)
            return Fields.Of(("address", address), ("errno", errno));
        var bars = new List<object?>();
        string[] lines = table.Split('\n');
        for (int i = 0; i < Bars && i < lines.Length; i++)
            if (Bar(i, lines[i]) is { } bar)
                bars.Add(bar);
        int container = Paths.Open(Vfio.Container, O_RDWR | O_CLOEXEC);
        if (container >= 0)
            Libc.close(container);
        return Fields.Of(
            ("address", address),
            ("errno", 0),
            ("vendor", Text("vendor")),
            ("device", Text("device")),
            ("driver", Link("driver")),
            ("group", Link("iommu_group")),
            (
                "vfioPci",
                SmallFile.ReadText($"{Bus}drivers/{VfioPci}/module/refcnt", out _) is not null
                    || Exists($"{Bus}drivers/{VfioPci}/uevent")
            ),
            ("container", container < 0 ? -container : 0),
            ("bars", bars)
        );
    }

    /// <summary>Binds it to vfio-pci: 0, or the errno.</summary>
    /// <param name="settings">What is to be restored.</param>
    /// <param name="driver">The previous driver, or null.</param>
    public int BindToVfio(Settings settings, out string? driver)
    {
        driver = Link("driver");
        // A variant, such as nvgrace-gpu, is a VFIO driver too.
        if (driver is not null && driver.Contains("vfio"))
            return 0;
        string back = SmallFile.ReadText(Folder + "driver_override", out int errno)?.Trim() ?? "";
        if (errno != 0)
            return errno;
        var reprobe = ($"{Bus}drivers_probe", address);
        errno = settings.Write(
            Folder + "driver_override",
            VfioPci,
            reprobe,
            (Folder + "driver_override", back is "(null)" or "" ? "\n" : back)
        );
        if (errno != 0)
            return errno;
        if (driver is not null)
            errno = settings.Write(Folder + "driver/unbind", address);
        if (errno == 0)
            errno = settings.Write($"{Bus}drivers_probe", address, ($"{Bus}drivers/{VfioPci}/unbind", address));
        return errno != 0 ? errno
            : Link("driver") == VfioPci ? 0
            : ProviderConstants.ENODEV;
    }

    private Fields? Bar(int index, string line)
    {
        string[] parts = line.Split(' ');
        if (parts.Length < 3)
            return null;
        ulong start = Hex(parts[0]),
            end = Hex(parts[1]),
            flags = Hex(parts[2]);
        if ((flags & IoResourceMemory) == 0 || end <= start)
            return null;
        return Fields.Of(
            ("index", index),
            ("start", start),
            ("size", end - start + 1),
            ("prefetchable", (flags & IoResourcePrefetch) != 0),
            ("resource", MapErrno($"{Folder}resource{index}", 0)),
            ("resourceWc", MapErrno($"{Folder}resource{index}_wc", 0)),
            ("devmem", MapErrno("/dev/mem", start))
        );
    }

    /// <summary>Tries to map a page of a file: 0, or the errno.</summary>
    internal static int MapErrno(string path, ulong offset)
    {
        int fd = Paths.Open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return -fd;
        using var map = Mapping.Make(
            fd,
            (ulong)Libc.getpagesize(),
            write: true,
            shared: true,
            0,
            out int errno,
            offset
        );
        Libc.close(fd);
        return errno;
    }

    private object Text(string file) =>
        SmallFile.ReadText(Folder + file, out int errno)?.Trim() ?? (object)Fields.Of(("errno", errno));

    private string? Link(string name) => Folders.Link(Folder + name);

    private static bool Exists(string path)
    {
        int fd = Paths.Open(path, Posix.O_WRONLY | O_CLOEXEC);
        if (fd >= 0)
            Libc.close(fd);
        return fd >= 0;
    }

    private static ulong Hex(string text) =>
        ulong.Parse(text.Substring(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
