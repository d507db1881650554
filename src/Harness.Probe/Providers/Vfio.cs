using System.Runtime.InteropServices;
using System.Text;
using Harness.Probe.Kvm.Native;
using Harness.Probe.Native;

namespace Harness.Probe.Providers;

[CStruct("struct vfio_region_info", "linux/vfio.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct VfioRegionInfo
{
    [CField("argsz")]
    public uint ArgumentSize;

    [CField("flags")]
    public uint Flags;

    [CField("index")]
    public uint Index;

    [CField("cap_offset")]
    public uint CapabilityOffset;

    [CField("size")]
    public ulong Size;

    [CField("offset")]
    public ulong Offset;
}

[CStruct("struct vfio_device_bind_iommufd", "linux/vfio.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct VfioBindIommu
{
    [CField("argsz")]
    public uint ArgumentSize;

    [CField("flags")]
    public uint Flags;

    [CField("iommufd")]
    public int Iommu;

    [CField("out_devid")]
    public uint DeviceId;
}

/// <summary>linux/vfio.h: containers and groups. Its ioctls are all _IO(';', 100 + n).</summary>
internal static unsafe class Vfio
{
    public const string Container = "/dev/vfio/vfio";

    [CConstant("VFIO_TYPE1v2_IOMMU", "linux/vfio.h")]
    public const int VFIO_TYPE1v2_IOMMU = 3;

    [CConstant("VFIO_SET_IOMMU", "linux/vfio.h")]
    public static nuint VFIO_SET_IOMMU => Number(2);

    [CConstant("VFIO_GROUP_SET_CONTAINER", "linux/vfio.h")]
    public static nuint VFIO_GROUP_SET_CONTAINER => Number(4);

    [CConstant("VFIO_GROUP_GET_DEVICE_FD", "linux/vfio.h")]
    public static nuint VFIO_GROUP_GET_DEVICE_FD => Number(6);

    [CConstant("VFIO_DEVICE_GET_REGION_INFO", "linux/vfio.h")]
    public static nuint VFIO_DEVICE_GET_REGION_INFO => Number(8);

    [CConstant("VFIO_DEVICE_RESET", "linux/vfio.h")]
    public static nuint VFIO_DEVICE_RESET => Number(11);

    [CConstant("VFIO_DEVICE_BIND_IOMMUFD", "linux/vfio.h")]
    public static nuint VFIO_DEVICE_BIND_IOMMUFD => Number(18);

    [CConstant("VFIO_PCI_CONFIG_REGION_INDEX", "linux/vfio.h")]
    public const int VFIO_PCI_CONFIG_REGION_INDEX = 7;

    private const int PciCommand = 4; // PCI_COMMAND, linux/pci_regs.h
    private const ushort PciCommandMemory = 2;

    /// <summary>The device's descriptor, or minus the errno and the call that returned it.</summary>
    public static int Device(int container, int group, string address, out string call)
    {
        call = "VFIO_GROUP_SET_CONTAINER";
        if (Libc.ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
            return -Libc.Error();
        call = "VFIO_SET_IOMMU";
        if (Libc.ioctl(container, VFIO_SET_IOMMU, (void*)VFIO_TYPE1v2_IOMMU) < 0)
            return -Libc.Error();
        call = "VFIO_GROUP_GET_DEVICE_FD";
        fixed (byte* name = Encoding.UTF8.GetBytes(address + "\0"))
        {
            int fd = Libc.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
            return fd < 0 ? -Libc.Error() : fd;
        }
    }

    /// <summary>
    /// Opens the device's own file: its descriptor, or minus the errno and the call that returned it.
    /// </summary>
    public static int Device(int iommu, string file, out string call)
    {
        call = "open";
        int fd = Paths.Open(file, LibcConstants.O_RDWR | LibcConstants.O_CLOEXEC);
        if (fd < 0)
            return fd;
        call = "VFIO_DEVICE_BIND_IOMMUFD";
        var bind = new VfioBindIommu { ArgumentSize = (uint)sizeof(VfioBindIommu), Iommu = iommu };
        if (Libc.ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) == 0)
            return fd;
        int errno = Libc.Error();
        Libc.close(fd);
        return -errno;
    }

    /// <summary>0, or the errno.</summary>
    public static int Reset(int device) => Libc.ioctl(device, VFIO_DEVICE_RESET, null) < 0 ? Libc.Error() : 0;

    /// <summary>Enables or disables the device's memory: 0, or the errno.</summary>
    /// <param name="device">The device's descriptor.</param>
    /// <param name="memory">Whether it is enabled.</param>
    /// <param name="before">PCI_COMMAND before.</param>
    public static int Command(int device, bool memory, out ushort before)
    {
        before = 0;
        int errno = Region(device, VFIO_PCI_CONFIG_REGION_INDEX, out var config);
        if (errno != 0)
            return errno;
        long at = (long)config.Offset + PciCommand;
        ushort command;
        if (Posix.pread(device, &command, sizeof(ushort), at) != sizeof(ushort))
            return Libc.Error();
        before = command;
        command = (ushort)(memory ? command | PciCommandMemory : command & ~PciCommandMemory);
        return Posix.pwrite(device, &command, sizeof(ushort), at) != sizeof(ushort) ? Libc.Error() : 0;
    }

    /// <summary>0, or the errno.</summary>
    public static int Region(int device, uint index, out VfioRegionInfo info)
    {
        var i = new VfioRegionInfo { ArgumentSize = (uint)sizeof(VfioRegionInfo), Index = index };
        int errno = Libc.ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &i) < 0 ? Libc.Error() : 0;
        info = i;
        return errno;
    }

    private static nuint Number(int n) => ((nuint)';' << 8) | (nuint)(100 + n);
}
