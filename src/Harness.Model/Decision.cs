using System.Runtime.CompilerServices;

namespace Harness.Model;

/// <summary>What a policy decides about a case, without a word: for walks of the whole input space.</summary>
public struct Decision : IEquatable<Decision>
{
    /// <summary>The policy doesn't describe such a case on such a host; everything else is then zero.</summary>
    public bool Outside;

    /// <summary>What setting the memslot up returned.</summary>
    public Errno Registration;

    /// <summary>How many accesses were made: up to the first that makes KVM_RUN fail.</summary>
    public byte Count;

    public Outcomes Outcome;

    /// <summary>The rules that fired at registration: bit n is rule n of <see cref="Policy.AllRules"/>.</summary>
    public ulong RegistrationPath;

    /// <summary>The rules that fired at each access.</summary>
    public Paths AccessPath;

    /// <summary>Every rule that fired.</summary>
    public readonly ulong Path => RegistrationPath | AccessPath[0] | AccessPath[1];

    /// <summary>Whether both decide the same, by whatever path.</summary>
    public readonly bool Equals(Decision other)
    {
        if (Outside != other.Outside || Registration != other.Registration || Count != other.Count)
            return false;
        for (int i = 0; i < Count; i++)
            if (Outcome[i] != other.Outcome[i])
                return false;
        return true;
    }

    /// <summary>Whether a host may do something that both allow.</summary>
    public readonly bool Overlaps(in Decision other)
    {
        if (Outside || other.Outside)
            return true;
        if (Registration != other.Registration)
            return false;
        for (int i = 0; i < Math.Min(Count, other.Count); i++)
            if (!Outcome[i].Overlaps(other.Outcome[i]))
                return false;
        return true;
    }

    public override readonly bool Equals(object? obj) => obj is Decision d && Equals(d);

    public override readonly int GetHashCode() => HashCode.Combine(Outside, Registration, Count, Outcome[0], Outcome[1]);

    public static bool operator ==(Decision a, Decision b) => a.Equals(b);

    public static bool operator !=(Decision a, Decision b) => !a.Equals(b);

    [InlineArray(AccessList.Most)]
    public struct Outcomes
    {
        private Outcome _first;
    }

    [InlineArray(AccessList.Most)]
    public struct Paths
    {
        private ulong _first;
    }
}
