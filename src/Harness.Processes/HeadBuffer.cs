namespace Harness.Processes;

/// <summary>The first bytes of a stream, and whether there were more.</summary>
internal sealed class HeadBuffer(int capacity) : IDisposable
{
    private readonly MemoryStream _kept = new();

    public bool Truncated { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, capacity - _kept.Length);
        _kept.Write(bytes[..room]);
        Truncated |= room < bytes.Length;
    }

    public ReadOnlyMemory<byte> Content => _kept.GetBuffer().AsMemory(0, (int)_kept.Length);

    public void Dispose() => _kept.Dispose();
}
