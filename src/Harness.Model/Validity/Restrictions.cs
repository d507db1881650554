using System.Collections;

namespace Harness.Model.Validity;

/// <summary>
/// Why some objects of a kind can't exist, in order of evaluation: the first reason that applies is returned.
/// </summary>
public sealed class Restrictions<T> : IEnumerable<Restriction<T>>
{
    private readonly List<Restriction<T>> _rows = [];

    /// <summary>The first reason that applies, or null.</summary>
    public string? Against(T value)
    {
        foreach (var row in _rows)
            if (row.Forbids(value))
                return row.Reason(value);
        return null;
    }

    public void Add(Func<T, bool> forbids, string reason) => Add(forbids, _ => reason);

    public void Add(Func<T, bool> forbids, Func<T, string> reason) => _rows.Add(new Restriction<T>(forbids, reason));

    /// <summary>Adds the reasons of another list, under a condition.</summary>
    public void Add(Func<T, bool> where, Restrictions<T> others)
    {
        foreach (var row in others)
            Add(value => where(value) && row.Forbids(value), row.Reason);
    }

    /// <summary>Adds the reasons that apply to a part.</summary>
    public void Add<TPart>(Func<T, TPart> part, Restrictions<TPart> others)
    {
        foreach (var row in others)
            Add(value => row.Forbids(part(value)), value => row.Reason(part(value)));
    }

    public IEnumerator<Restriction<T>> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
