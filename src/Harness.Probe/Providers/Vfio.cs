using System.Runtime.InteropServices;
using System.Text;
using Harness.Probe.Kvm.Native;

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
