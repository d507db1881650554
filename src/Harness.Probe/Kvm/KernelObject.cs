using Harness.Probe.Kvm.Native;

namespace Harness.Probe.Kvm;

/// <summary>A file descriptor from KVM. Disposing closes it, once.</summary>
public abstract unsafe class KernelObject : IDisposable
{
    private readonly DescriptorHandle _handle;

    protected KernelObject(int fd) => _handle = new DescriptorHandle(fd);

    /// <summary>The descriptor, or -1 once closed.</summary>
    public int Descriptor => _handle.Descriptor;

    /// <summary>0, or the errno.</summary>
    protected int Call(nuint request, void* argument) =>
        Libc.ioctl(Descriptor, request, argument) < 0 ? Libc.Error() : 0;

    /// <summary>The non-negative result, or minus the errno.</summary>
    protected int CallForResult(nuint request, nuint argument)
    {
        int result = Libc.ioctl(Descriptor, request, (void*)argument);
        return result < 0 ? -Libc.Error() : result;
    }

    public void Dispose()
    {
        if (_handle.IsClosed || _handle.IsInvalid)
            return;
        Closing();
        _handle.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what must be released before the descriptor is closed.</summary>
    protected virtual void Closing() { }
}
