using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>The first point at which two decisions differ.</summary>
public enum DecisionPoint : byte
{
    /// <summary>Whether the memslot is accepted.</summary>
    Registration,

    /// <summary>How an access of the guest ends.</summary>
    Access,
}

/// <summary>
/// The first difference between two decisions about a point. For two leaves of the same memory type it is one property:
/// execute permission before write permission, and that before the leaf's size.
/// </summary>
/// <param name="Moment">Where.</param>
/// <param name="From">The first decision: "accepted", "EINVAL", "Normal-WB", "page".</param>
/// <param name="To">The second decision.</param>
public sealed record DecisionChange(DecisionPoint Moment, string From, string To)
{
    /// <summary>Null if both are the same.</summary>
    /// <param name="a">The first policy's decision.</param>
    /// <param name="b">The second's, about the same point.</param>
    /// <param name="access">Which access of the case; 0 at registration.</param>
    public static DecisionChange? Between(in Decision a, in Decision b, out int access)
    {
        access = 0;
        if (a.Registration != b.Registration)
            return new DecisionChange(DecisionPoint.Registration, Word(a.Registration), Word(b.Registration));
        for (; access < Math.Min(a.Count, b.Count); access++)
        {
            if (!a.Outcome(access).Equals(b.Outcome(access)))
                return Of(a.Outcome(access), b.Outcome(access));
        }
        return null;
    }

    public override string ToString() =>
        $"{(Moment == DecisionPoint.Registration ? "registration" : "access")}: {From} -> {To}";

    private static string Word(Errno registration) => registration == Errno.None ? "accepted" : registration.ToString();

    private static DecisionChange Of(Outcome a, Outcome b)
    {
        string from = Word(a),
            to = Word(b);
        if (from == to)
            (from, to) = Properties(a).Zip(Properties(b)).First(p => p.First != p.Second);
        return new DecisionChange(DecisionPoint.Access, from, to);
    }

    private static string Word(Outcome outcome) =>
        outcome.Kind switch
        {
            OutcomeKind.Mapped => outcome.Leaf.TypeWord,
            OutcomeKind.RunFails => $"KVM_RUN fails with {outcome.Errno}",
            _ => outcome.ToString(),
        };

    private static string[] Properties(Outcome o) =>
        [
            Has(o, Unspecified.Executable) ? "executable or not"
            : o.Leaf.Execute ? "executable"
            : "not executable",
            Has(o, Unspecified.Writable) ? "writable or not"
            : o.Leaf.Write ? "writable"
            : "read-only",
            Has(o, Unspecified.Size) ? "page or block"
            : o.Leaf.Block ? "block"
            : "page",
            Has(o, Unspecified.ExclusiveFails) ? "an exclusive that the CPU lacks there: KVM_RUN fails with EFAULT"
            : Has(o, Unspecified.ExclusiveAborts) ? "an exclusive that the CPU lacks there: data abort in the guest"
            : Has(o, Unspecified.ExclusiveStalls) ? "an exclusive that the CPU lacks there: the guest faults for ever"
            : "exclusives are sure",
        ];

    private static bool Has(Outcome o, Unspecified loose) => (o.Unspecified & loose) != 0;
}
