namespace Harness.Model.Validity;

/// <summary>
/// Why a change can't be made while the guest runs. For cases with <see cref="AttributeCase.Running"/>.
/// </summary>
internal static class RunningRestrictions
{
    public static Restrictions<AttributeCase> All { get; } =
        new()
        {
            { c => c.Change is null, "nothing happens while the guest runs" },
            { c => c is GuestCase || c.Mte, "the guest repeats a plain access of a VM without tags" },
            { c => c.Accesses.Count != 2, "the guest makes one access, and repeats another until it is stopped" },
            {
                c => c.Accesses.Count == 2 && (!Repeats(c.Accesses[0]) || !Repeats(c.Accesses[1])),
                "what the guest repeats is a load or a store"
            },
            {
                c => c.Accesses.Count == 2 && c.Accesses[1].Stores() && !c.Accesses[0].Stores(),
                "the repeated access may take a fault of its own before the change"
            },
            { c => c.Change is { HasStages: true }, "the repeated access may be made between two calls of the change" },
        };

    private static bool Repeats(Access access) => access is Access.Read or Access.Write;
}
