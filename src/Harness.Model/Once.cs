namespace Harness.Model;

/// <summary>
/// What follows from a record's content, computed when it is first needed. It is no part of the record's equality, and
/// a copy made by "with" computes its own.
/// </summary>
internal struct Once<TRecord, T> : IEquatable<Once<TRecord, T>>
    where TRecord : class
{
    private Known? _known;

    public T Of(TRecord record, Func<TRecord, T> compute)
    {
        var known = _known;
        if (known is null || !ReferenceEquals(known.Record, record))
            _known = known = new Known(record, compute(record));
        return known.Value;
    }

    public readonly bool Equals(Once<TRecord, T> other) => true;

    public override readonly bool Equals(object? obj) => obj is Once<TRecord, T>;

    public override readonly int GetHashCode() => 0;

    private sealed class Known(TRecord record, T value)
    {
        public TRecord Record => record;

        public T Value => value;
    }
}
