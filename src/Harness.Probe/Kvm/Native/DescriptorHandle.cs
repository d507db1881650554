using Microsoft.Win32.SafeHandles;

namespace Harness.Probe.Kvm.Native;

/// <summary>A file descriptor that is closed once: by its owner, or by the finalizer if it was not disposed.</summary>
public sealed class DescriptorHandle : SafeHandleMinusOneIsInvalid
{
    public DescriptorHandle(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>-1 once closed.</summary>
    public int Descriptor => IsClosed ? -1 : (int)handle;

    /// <summary>close(2) now, for its errno: 0 if it was already closed.</summary>
    public int CloseNow()
    {
        if (IsClosed)
            return 0;
        int errno = Libc.close((int)handle) == 0 ? 0 : Libc.Error();
        SetHandleAsInvalid();
        return errno;
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
