namespace Harness.Model;

/// <summary>
/// A value derived from a record's content, computed on first use. It does not take part in the record's equality, and
/// a copy made by "with" computes its own.
/// </summary>
internal struct Once<TRecord, T> : IEquatable<Once<TRecord, T>>
    where TRecord : class
    where T : class?
{
    private TRecord? _of;
    private T _value;

    public T Of(TRecord record, Func<TRecord, T> compute)
    {
        if (ReferenceEquals(Volatile.Read(ref _of), record))
            return _value;
        var value = compute(record);
        _value = value;
        // Written last: a reader that sees the record also sees its value. Two threads compute the same value.
        Volatile.Write(ref _of, record);
        return value;
    }

    public readonly bool Equals(Once<TRecord, T> other) => true;

    public override readonly bool Equals(object? obj) => obj is Once<TRecord, T>;

    public override readonly int GetHashCode() => 0;
}
