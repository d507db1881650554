using System.Security.Cryptography;
using System.Text;

namespace Harness.Model;

/// <summary>The flags of KVM_SET_USER_MEMORY_REGION that the decision looks at.</summary>
[Flags]
public enum SlotFlags : byte
{
    None = 0,
    LogDirtyPages = 1,
    ReadOnly = 2,
}

/// <summary>One access of the guest, with its stage-1 MMU off.</summary>
public enum Access : byte
{
    Read,
    Write,
    Execute,
}

/// <summary>
/// A fully determined situation: the memory, the memslot over it, and what the guest does with its first page.
/// </summary>
/// <param name="Backing">The memory behind the slot; nothing on the host has touched it.</param>
/// <param name="VmaWritable">PROT_READ|PROT_WRITE, or PROT_READ alone.</param>
/// <param name="Slot">The memslot's flags.</param>
/// <param name="Accesses">One or more accesses to the same page, in order.</param>
public sealed record Case(Backing Backing, bool VmaWritable, SlotFlags Slot, AccessList Accesses)
{
    private string? _key;

    /// <summary>The whole content as one line; two cases are the same if and only if their keys are.</summary>
    public string Key => _key ??= CaseText.Key(this);

    /// <summary>Stable across versions of the harness: the first 48 bits of the SHA-256 of <see cref="Key"/>, in hex.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Key)).AsSpan(0, 6));

    public override string ToString() => Key;
}

/// <summary>The accesses of a case, compared by content.</summary>
public readonly record struct AccessList
{
    private readonly Access[] _items;

    public AccessList(params Access[] items)
    {
        ArgumentOutOfRangeException.ThrowIfZero(items.Length);
        _items = items;
    }

    public int Count => _items.Length;

    public Access this[int index] => _items[index];

    public ReadOnlySpan<Access> Span => _items;

    public bool Equals(AccessList other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var access in _items)
            hash.Add(access);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', _items.Select(CaseText.Word));
}
