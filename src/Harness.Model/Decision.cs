using System.Runtime.CompilerServices;

namespace Harness.Model;

/// <summary>A policy's decision about a case, without text: for walks of the whole input space.</summary>
public struct Decision : IEquatable<Decision>
{
    internal Outcomes Ends;
    internal Paths Fired;

    /// <summary>The policy doesn't describe such a case on such a host; everything else is then zero.</summary>
    public bool Outside { get; internal set; }

    /// <summary>What setting the memslot up returned.</summary>
    public Errno Registration { get; internal set; }

    /// <summary>How many accesses were made: up to the first after which the guest cannot continue.</summary>
    public int Count { get; internal set; }

    /// <summary>The rules that fired at registration.</summary>
    public RuleSet RegistrationPath { get; internal set; }

    /// <summary>Userspace made its change: the guest completed its first access.</summary>
    public bool Changed { get; internal set; }

    /// <summary>What the change returned.</summary>
    public Errno ChangeErrno { get; internal set; }

    /// <summary>What maps the page after the change, if anything.</summary>
    public Outcome ChangeLeft { get; internal set; }

    /// <summary>The rules that fired at the change.</summary>
    public RuleSet ChangePath { get; internal set; }

    /// <summary>Every rule that fired.</summary>
    public readonly RuleSet Path => RegistrationPath | ChangePath | Fired[0] | Fired[1] | Fired[2];

    /// <summary>
    /// Rules that fired in a fault that a store takes only on some hosts. They are on no path, but the unspecified part
    /// of the outcome depends on them.
    /// </summary>
    public RuleSet RulesEvaluated { get; internal set; }

    /// <summary>How an access ended.</summary>
    public readonly Outcome Outcome(int access) => Ends[access];

    /// <summary>The rules that fired at an access.</summary>
    public readonly RuleSet AccessPath(int access) => Fired[access];

    /// <summary>Whether both decide the same, by any path.</summary>
    public readonly bool Equals(Decision other)
    {
        if (
            Outside != other.Outside
            || Registration != other.Registration
            || Count != other.Count
            || Changed != other.Changed
            || ChangeErrno != other.ChangeErrno
            || !ChangeLeft.Equals(other.ChangeLeft)
        )
            return false;
        for (int i = 0; i < Count; i++)
            if (!Ends[i].Equals(other.Ends[i]))
                return false;
        return true;
    }

    /// <summary>Whether some outcome is allowed by both.</summary>
    public readonly bool Overlaps(in Decision other)
    {
        if (Outside || other.Outside)
            return true;
        if (Registration != other.Registration)
            return false;
        if (Changed && other.Changed && (ChangeErrno != other.ChangeErrno || !ChangeLeft.Overlaps(other.ChangeLeft)))
            return false;
        for (int i = 0; i < Math.Min(Count, other.Count); i++)
            if (!Ends[i].Overlaps(other.Ends[i]))
                return false;
        return true;
    }

    public override readonly bool Equals(object? obj) => obj is Decision d && Equals(d);

    public override readonly int GetHashCode() =>
        HashCode.Combine(Outside, Registration, Count, Ends[0], Ends[1], Ends[2]);

    public static bool operator ==(Decision a, Decision b) => a.Equals(b);

    public static bool operator !=(Decision a, Decision b) => !a.Equals(b);

    [InlineArray(AccessList.Most)]
    internal struct Outcomes
    {
        private Outcome _first;
    }

    [InlineArray(AccessList.Most)]
    internal struct Paths
    {
        private RuleSet _first;
    }
}
