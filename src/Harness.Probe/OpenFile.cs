using Harness.Probe.Kvm.Native;

namespace Harness.Probe;

/// <summary>A descriptor that a program opened.</summary>
internal sealed class OpenFile(int fd) : IDisposable
{
    private readonly DescriptorHandle _handle = new(fd);

    public int Descriptor => _handle.Descriptor;

    /// <summary>close(2): 0, or the errno.</summary>
    public int Close() => _handle.CloseNow();

    public void Dispose() => _handle.Dispose();
}
