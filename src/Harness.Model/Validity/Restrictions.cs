using System.Collections;

namespace Harness.Model.Validity;

/// <summary>
/// Why some objects of a kind can't exist, in order of evaluation: the first reason that applies is returned.
/// </summary>
public sealed class Restrictions<T> : IEnumerable<Restriction<T>>
{
    private readonly List<Restriction<T>> _rows = [];

    /// <summary>Equivalent to the rows. The condition of a nested list is evaluated once, not for each row.</summary>
    private readonly List<Func<T, string?>> _tests = [];

    /// <summary>The first reason that applies, or null.</summary>
    public string? Against(T value)
    {
        foreach (var test in _tests)
            if (test(value) is { } reason)
                return reason;
        return null;
    }

    public void Add(Func<T, bool> forbids, string reason) => Add(forbids, _ => reason);

    public void Add(Func<T, bool> forbids, Func<T, string> reason)
    {
        _rows.Add(new Restriction<T>(forbids, reason));
        _tests.Add(value => forbids(value) ? reason(value) : null);
    }

    /// <summary>Adds the reasons of another list, under a condition.</summary>
    public void Add(Func<T, bool> where, Restrictions<T> others)
    {
        foreach (var row in others)
            _rows.Add(new Restriction<T>(value => where(value) && row.Forbids(value), row.Reason));
        _tests.Add(value => where(value) ? others.Against(value) : null);
    }

    /// <summary>Adds the reasons that apply to a part.</summary>
    public void Add<TPart>(Func<T, TPart> part, Restrictions<TPart> others)
    {
        foreach (var row in others)
            _rows.Add(new Restriction<T>(value => row.Forbids(part(value)), value => row.Reason(part(value))));
        _tests.Add(value => others.Against(part(value)));
    }

    public IEnumerator<Restriction<T>> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
