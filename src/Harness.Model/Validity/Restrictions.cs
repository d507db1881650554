using System.Collections;

namespace Harness.Model.Validity;

/// <summary>
/// Why some things of a kind can't exist, in the order in which the reasons are tried: the first that forbids counts.
/// </summary>
public sealed class Restrictions<T> : IEnumerable<Restriction<T>>
{
    private readonly List<Restriction<T>> _rows = [];

    /// <summary>The first reason against it, or null where there is none.</summary>
    public string? Against(T value)
    {
        foreach (var row in _rows)
            if (row.Forbids(value))
                return row.Reason(value);
        return null;
    }

    public void Add(Func<T, bool> forbids, string reason) => Add(forbids, _ => reason);

    public void Add(Func<T, bool> forbids, Func<T, string> reason) => _rows.Add(new Restriction<T>(forbids, reason));

    /// <summary>The reasons of another list, where a condition holds.</summary>
    public void Add(Func<T, bool> where, Restrictions<T> others)
    {
        foreach (var row in others)
            Add(value => where(value) && row.Forbids(value), row.Reason);
    }

    /// <summary>The reasons against a part that it has.</summary>
    public void Add<TPart>(Func<T, TPart> part, Restrictions<TPart> others)
    {
        foreach (var row in others)
            Add(value => row.Forbids(part(value)), value => row.Reason(part(value)));
    }

    public IEnumerator<Restriction<T>> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
