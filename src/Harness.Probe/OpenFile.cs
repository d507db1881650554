using Harness.Kvm.Native;

namespace Harness.Probe;

/// <summary>A descriptor that a program opened.</summary>
internal sealed class OpenFile(int fd) : IDisposable
{
    public int Descriptor { get; private set; } = fd;

    /// <summary>close(2): 0, or the errno.</summary>
    public int Close()
    {
        int fd = Descriptor;
        Descriptor = -1;
        return fd < 0 || Libc.close(fd) == 0 ? 0 : Libc.Error();
    }

    public void Dispose() => Close();
}
