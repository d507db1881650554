using Harness.Model.Outcomes;
using Harness.Model.Programs;

namespace Harness.Model.Safety;

/// <summary>A policy's decisions about one case on every distinguishable host.</summary>
public readonly ref struct CaseOnHosts(AttributeCase @case, ReadOnlySpan<Decision> decisions, ReadOnlySpan<int> answers)
{
    public AttributeCase Case { get; } = @case;

    /// <summary>One per host of <see cref="HostFacts.All"/>.</summary>
    public ReadOnlySpan<Decision> Decisions { get; } = decisions;

    /// <summary>Hosts with the same number return the same value for every capability under this policy.</summary>
    public ReadOnlySpan<int> Answers { get; } = answers;
}

/// <summary>Something that must never happen under any policy.</summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Says">What must hold, in one sentence.</param>
/// <param name="Source">The mail, or the kernel, that requires it.</param>
public abstract record SafetyProperty(string Name, string Says, string Source)
{
    /// <summary>
    /// It concerns a pair of hosts: a VM that migrates, or one that is configured by another host's capabilities.
    /// </summary>
    public virtual bool OfPairs => false;

    /// <summary>Whether it is violated.</summary>
    /// <param name="row">The case.</param>
    /// <param name="host">Index of the host, or of a migration's source.</param>
    /// <param name="other">
    /// Index of a migration's destination; the same as <paramref name="host"/> if one host is enough.
    /// </param>
    /// <param name="access">Which access shows it, on <paramref name="other"/>; -1 for registration.</param>
    public abstract bool IsBroken(in CaseOnHosts row, int host, int other, out int access);
}

/// <summary>A property of mappings.</summary>
/// <param name="Breaks">Whether a mapping violates it.</param>
public sealed record MappingProperty(string Name, string Says, string Source, Func<MappedAccess, bool> Breaks)
    : SafetyProperty(Name, Says, Source)
{
    public override bool IsBroken(in CaseOnHosts row, int host, int other, out int access)
    {
        ref readonly var decision = ref row.Decisions[other];
        for (access = 0; access < decision.Count; access++)
        {
            var outcome = decision.Outcome(access);
            if (
                outcome.Kind == OutcomeKind.Mapped
                && Breaks(new MappedAccess(row.Case, HostFacts.All[other], outcome.Leaf))
            )
                return true;
        }
        return false;
    }
}

/// <summary>A property of the time of a refusal, on one host.</summary>
/// <param name="Breaks">Whether a failed access violates it.</param>
public sealed record RefusalProperty(string Name, string Says, string Source, Func<AttributeCase, bool> Breaks)
    : SafetyProperty(Name, Says, Source)
{
    public override bool IsBroken(in CaseOnHosts row, int host, int other, out int access)
    {
        access = row.Decisions[other].FailedAccess();
        return access >= 0 && Breaks(row.Case);
    }
}

/// <summary>A property of two hosts; the delegate returns the access on the second that violates it.</summary>
public sealed record PairProperty(string Name, string Says, string Source, PairProperty.Breach Breaks)
    : SafetyProperty(Name, Says, Source)
{
    public delegate bool Breach(in CaseOnHosts row, int host, int other, out int access);

    public override bool OfPairs => true;

    public override bool IsBroken(in CaseOnHosts row, int host, int other, out int access) =>
        Breaks(in row, host, other, out access);
}

/// <summary>A property of whole programs, which single cases can't violate.</summary>
/// <param name="Breaks">Whether the steps of a program violate it.</param>
public sealed record ProgramProperty(
    string Name,
    string Says,
    string Source,
    Func<ProgramCase, IReadOnlyList<ProgramPart>, bool> Breaks
) : SafetyProperty(Name, Says, Source)
{
    public override bool IsBroken(in CaseOnHosts row, int host, int other, out int access)
    {
        access = -1;
        return false;
    }
}

internal static class Decisions
{
    /// <summary>The access after which the guest cannot continue, or -1.</summary>
    public static int FailedAccess(this in Decision d) =>
        d.Count > 0 && d.Outcome(d.Count - 1).IsLast ? d.Count - 1 : -1;

    /// <summary>The slot is refused, or some access is.</summary>
    public static bool Refuses(this in Decision d) => d.Registration != Errno.None || d.FailedAccess() >= 0;
}
