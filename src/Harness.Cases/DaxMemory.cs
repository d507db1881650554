namespace Harness.Cases;

/// <summary>The memory of a device-dax device that programs may use: the one that the exporter module makes.</summary>
/// <param name="Size">Bytes.</param>
public sealed record DaxMemory(ulong Size)
{
    /// <summary>The offset of a case's memory, a multiple of a block, which varies by case.</summary>
    /// <param name="id">The case's id.</param>
    /// <param name="size">Bytes that it needs.</param>
    /// <param name="block">The size of a block there.</param>
    public ulong Offset(string id, ulong size, ulong block) =>
        Convert.ToUInt64(id, 16) % (Size < size ? 1 : (Size - size) / block + 1) * block;
}
