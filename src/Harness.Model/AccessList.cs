namespace Harness.Model;

/// <summary>One access of the guest, with its stage-1 MMU off.</summary>
public enum Access : byte
{
    Read,
    Write,
    Execute,

    /// <summary>A load-exclusive, LDXR: to stage 2 a load, but one that only write-back memory must support.</summary>
    Exclusive,
}

/// <summary>The accesses of a case, compared by content.</summary>
public readonly record struct AccessList
{
    /// <summary>A third access meets what two have left: what one gave and the next took away.</summary>
    public const int Most = 3;

    private readonly Access[] _items;

    /// <summary>No access: of a case that is about something else, see <see cref="Case.Life"/>.</summary>
    public static AccessList None => default;

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

    public override string ToString() => string.Join(',', Span.ToArray().Select(CaseText.Word));
}
