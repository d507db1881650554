namespace Harness.Model;

/// <summary>
/// What follows from a record's content, computed when it is first needed. It is no part of the record's equality, and
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
        // Last: who finds the record finds its value. Two threads compute the same.
        Volatile.Write(ref _of, record);
        return value;
    }

    public readonly bool Equals(Once<TRecord, T> other) => true;

    public override readonly bool Equals(object? obj) => obj is Once<TRecord, T>;

    public override readonly int GetHashCode() => 0;
}
