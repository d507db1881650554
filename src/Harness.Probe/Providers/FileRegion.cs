namespace Harness.Probe.Providers;

/// <summary>A part of an open file that is mapped like one. It doesn't own the file.</summary>
internal sealed class FileRegion(int descriptor, ulong offset) : IDisposable
{
    public int Descriptor => descriptor;

    /// <summary>Its offset in the file, in bytes.</summary>
    public ulong Offset => offset;

    public void Dispose() { }
}
