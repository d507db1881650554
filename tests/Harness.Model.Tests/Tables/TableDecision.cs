namespace Harness.Model.Tests.Tables;

/// <summary>The tables' decision about a case on a host.</summary>
public readonly record struct TableDecision
{
    /// <summary>The errno of the set-up.</summary>
    public Errno Registration { get; init; }

    /// <summary>How many accesses <see cref="First"/> and <see cref="Second"/> describe.</summary>
    public int Count { get; private init; }

    public Outcome First { get; private init; }

    public Outcome Second { get; private init; }

    /// <summary>With the outcome of one more access.</summary>
    public TableDecision And(in Outcome outcome) =>
        Count == 0 ? this with { First = outcome, Count = 1 } : this with { Second = outcome, Count = 2 };

    /// <summary>Whether a policy decides the same, including what it leaves open.</summary>
    public bool Agrees(in Decision decision) =>
        !decision.Outside
        && Registration == decision.Registration
        && Count == decision.Count
        && (Count < 1 || First.Equals(decision.Outcome(0)))
        && (Count < 2 || Second.Equals(decision.Outcome(1)));

    public override string ToString()
    {
        if (Registration != Errno.None)
            return $"registration refused with {Registration}";
        return $"registered; {string.Join("; ", new[] { First, Second }.Take(Count))}";
    }
}
