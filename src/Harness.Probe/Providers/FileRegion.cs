namespace Harness.Probe.Providers;

/// <summary>A part of an open file that is mapped like one. The file is another variable's to close.</summary>
internal sealed class FileRegion(int descriptor, ulong offset) : IDisposable
{
    public int Descriptor => descriptor;

    /// <summary>Where it begins, in bytes.</summary>
    public ulong Offset => offset;

    public void Dispose() { }
}
