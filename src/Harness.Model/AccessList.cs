namespace Harness.Model;

/// <summary>One access of the guest, with its stage-1 MMU off.</summary>
public enum Access : byte
{
    Read,
    Write,
    Execute,

    /// <summary>A load-exclusive, LDXR: to stage 2 a load, but one that only write-back memory must support.</summary>
    Exclusive,

    /// <summary>LDR with a post-indexed address.</summary>
    LoadPostIndexed,

    /// <summary>STR with a post-indexed address.</summary>
    StorePostIndexed,

    /// <summary>LDR with a pre-indexed address.</summary>
    LoadPreIndexed,

    /// <summary>STR with a pre-indexed address.</summary>
    StorePreIndexed,

    /// <summary>LDP, which loads two registers.</summary>
    LoadPair,

    /// <summary>STP, which stores two registers.</summary>
    StorePair,

    /// <summary>LDR of a SIMD register of 128 bits.</summary>
    LoadVector,

    /// <summary>STR of a SIMD register of 128 bits.</summary>
    StoreVector,

    /// <summary>A load from the next page of the slot, where the process has stored a different word.</summary>
    ReadNext,

    /// <summary>LDRB.</summary>
    LoadByte,

    /// <summary>LDRSH, which extends the sign: ESR_EL2.ISS.SSE is 1.</summary>
    LoadSignedHalf,

    /// <summary>LDR of 64 bits.</summary>
    LoadDouble,

    /// <summary>STRB.</summary>
    StoreByte,

    /// <summary>STRH.</summary>
    StoreHalf,

    /// <summary>STR of 64 bits.</summary>
    StoreDouble,
}

/// <summary>How stage 2 treats an access.</summary>
public static class AccessKinds
{
    /// <summary>The access is a store: ESR_EL2.ISS.WnR is 1.</summary>
    public static bool Stores(this Access access) =>
        access
            is Access.Write
                or Access.StorePostIndexed
                or Access.StorePreIndexed
                or Access.StorePair
                or Access.StoreVector
                or Access.StoreByte
                or Access.StoreHalf
                or Access.StoreDouble;

    /// <summary>
    /// The abort has a valid syndrome, so the access can be emulated: ESR_EL2.ISS.ISV is 1 only for loads and stores of
    /// one general register without writeback, and not for exclusives (Arm ARM, ISS encoding for a data abort).
    /// </summary>
    public static bool HasSyndrome(this Access access) =>
        access is Access.Read or Access.Write or Access.ReadNext or >= Access.LoadByte and <= Access.StoreDouble;

    /// <summary>The width of an access that has a syndrome, in bytes: 1 &lt;&lt; ESR_EL2.ISS.SAS.</summary>
    public static int Bytes(this Access access) =>
        access switch
        {
            Access.LoadByte or Access.StoreByte => sizeof(byte),
            Access.LoadSignedHalf or Access.StoreHalf => sizeof(ushort),
            Access.LoadDouble or Access.StoreDouble => sizeof(ulong),
            _ => sizeof(uint),
        };

    /// <summary>The access uses a SIMD register; the guest must have enabled SIMD.</summary>
    public static bool OfVector(this Access access) => access is Access.LoadVector or Access.StoreVector;
}

/// <summary>The accesses of a case, compared by content.</summary>
public readonly record struct AccessList
{
    /// <summary>
    /// At most three: one access maps the page, the next changes the leaf, and the third shows the result.
    /// </summary>
    public const int Most = 3;

    private readonly Access[] _items;

    public AccessList(params Access[] items)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items.Length, Most);
        _items = items;
    }

    public int Count => _items?.Length ?? 0;

    public Access this[int index] => _items[index];

    public ReadOnlySpan<Access> Span => _items;

    public bool Equals(AccessList other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var access in Span)
            hash.Add(access);
        return hash.ToHashCode();
    }

    public override string ToString()
    {
        var words = new string[Count];
        for (int i = 0; i < words.Length; i++)
            words[i] = CaseText.Word(_items[i]);
        return string.Join(',', words);
    }
}
