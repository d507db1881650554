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
    private const string IommuFile = "/dev/iommu";
    private const ulong IoResourceMemory = 0x200,
        IoResourcePrefetch = 0x2000; // linux/ioport.h
    private const int Bars = 6;

    private string Folder => $"{Bus}devices/{address}/";

    /// <summary>
    /// "address", "errno", "vendor", "device", "driver", "group", "groupBusy" (a process has the group open), "vfioPci"
    /// (the driver is there), "variant" (the ways to insert pages that stage2-vfio has, a bit for each; null: no such
    /// driver), "container" (errno of opening /dev/vfio/vfio), "iommufd" (errno of opening /dev/iommu), "deviceFiles"
    /// (VFIO's devices have files of their own), "resets" (the kernel knows a way to reset it) and "bars": {"index",
    /// "start", "size", "prefetchable", "resource", "resourceWc", "devmem"}, the last three the errnos of mapping a
    /// page.
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
        string? group = Link("iommu_group");
        return Fields.Of(
            ("address", address),
            ("errno", 0),
            ("vendor", Text("vendor")),
            ("device", Text("device")),
            ("driver", Link("driver")),
            ("group", group),
            ("groupBusy", group is not null && OpenErrno($"/dev/vfio/{group}") == ProviderConstants.EBUSY),
            (
                "vfioPci",
                SmallFile.ReadText($"{Bus}drivers/{VfioBindStep.VfioPci}/module/refcnt", out _) is not null
                    || Exists($"{Bus}drivers/{VfioBindStep.VfioPci}/uevent")
            ),
            ("variant", Insertions()),
            ("container", OpenErrno(Vfio.Container)),
            ("iommufd", OpenErrno(IommuFile)),
            ("deviceFiles", SmallFile.ReadText("/proc/devices", out _)?.Contains(" vfio-dev\n") == true),
            ("resets", SmallFile.ReadText(Folder + "reset_method", out _)?.Trim() is { Length: > 0 }),
            ("bars", bars)
        );
    }

    /// <summary>Binds it to a driver of VFIO: 0, or the errno.</summary>
    /// <param name="settings">What is to be restored.</param>
    /// <param name="wanted">The driver.</param>
    /// <param name="driver">The previous driver, or null.</param>
    public int BindToVfio(Settings settings, string wanted, out string? driver)
    {
        driver = Link("driver");
        // A user's variant, such as mlx5_vfio_pci, is a VFIO driver too.
        if (driver == wanted || (wanted == VfioBindStep.VfioPci && driver is not null && driver.Contains("vfio")))
            return 0;
        string back = SmallFile.ReadText(Folder + "driver_override", out int errno)?.Trim() ?? "";
        if (errno != 0)
            return errno;
        var reprobe = ($"{Bus}drivers_probe", address);
        errno = settings.Write(
            Folder + "driver_override",
            wanted,
            reprobe,
            (Folder + "driver_override", back is "(null)" or "" ? "\n" : back)
        );
        if (errno != 0)
            return errno;
        if (driver is not null)
            errno = settings.Write(Folder + "driver/unbind", address);
        if (errno == 0)
            errno = settings.Write($"{Bus}drivers_probe", address, ($"{Bus}drivers/{wanted}/unbind", address));
        return errno != 0 ? errno
            : Link("driver") == wanted ? 0
            : ProviderConstants.ENODEV;
    }

    /// <summary>The file of its driver that releases it.</summary>
    public string UnbindFile => Folder + "driver/unbind";

    /// <summary>Its own file, while a driver of VFIO has it: "/dev/vfio/devices/vfio0"; null without one.</summary>
    public string? DeviceFile
    {
        get
        {
            var names = Folders.Names(Folder + "vfio-dev");
            return names is { Count: > 0 } ? "/dev/vfio/devices/" + names[0] : null;
        }
    }

    private static int OpenErrno(string path)
    {
        int fd = Paths.Open(path, O_RDWR | O_CLOEXEC);
        if (fd >= 0)
            Libc.close(fd);
        return fd < 0 ? -fd : 0;
    }

    private static int? Insertions() =>
        Exists($"{Bus}drivers/{VfioBindStep.TestDriver}/uevent")
        && SmallFile.ReadText("/sys/module/stage2_vfio/parameters/insertions", out _) is { } text
            ? int.Parse(text.Trim(), CultureInfo.InvariantCulture)
            : null;

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
