using System.Runtime.InteropServices;
using Harness.Probe.Kvm.Native;
using static Harness.Probe.Kvm.Native.LibcConstants;

namespace Harness.Probe.Providers;

[CStruct("struct udmabuf_create", "linux/udmabuf.h")]
[StructLayout(LayoutKind.Sequential)]
internal struct UdmaBufCreate
{
    [CField("memfd")]
    public uint Memory;

    [CField("flags")]
    public uint Flags;

    [CField("offset")]
    public ulong Offset;

    [CField("size")]
    public ulong Size;
}

/// <summary>/dev/udmabuf.</summary>
internal static unsafe class UdmaBufs
{
    public const string Device = "/dev/udmabuf";
    private const uint CloseOnExec = 1; // UDMABUF_FLAGS_CLOEXEC

    [CConstant("UDMABUF_CREATE", "linux/udmabuf.h")]
    public static nuint UDMABUF_CREATE => Ioctl.Write<UdmaBufCreate>((byte)'u', 0x42);

    /// <summary>The descriptor, or minus the errno.</summary>
    public static int Create(int memory, ulong size)
    {
        int device = Paths.Open(Device, O_RDWR | O_CLOEXEC);
        if (device < 0)
            return device;
        var create = new UdmaBufCreate
        {
            Memory = (uint)memory,
            Flags = CloseOnExec,
            Size = size,
        };
        int fd = Libc.ioctl(device, UDMABUF_CREATE, &create);
        if (fd < 0)
            fd = -Libc.Error();
        Libc.close(device);
        return fd;
    }
}
