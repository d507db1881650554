namespace Harness.Model.Registers;

/// <summary>A register that a host refuses, or may refuse, when it is restored from another host.</summary>
/// <param name="Id">The register.</param>
/// <param name="Errnos">What KVM_SET_ONE_REG may return; at least one.</param>
/// <param name="Certain">
/// Whether it is always refused. If false, the decision depends on something that userspace can't see, and accepting it
/// is allowed, too.
/// </param>
/// <param name="Rule">Why.</param>
/// <param name="Because">The values that the rule applies to: "FWB: 1, and here 0".</param>
public sealed record RefusedRegister(
    RegisterId Id,
    IReadOnlyList<Errno> Errnos,
    bool Certain,
    RegisterRule Rule,
    string Because
)
{
    /// <summary>Whether it agrees with what happened: the errno, or None if the register was accepted.</summary>
    public bool Allows(Errno observed) => observed == Errno.None ? !Certain : Errnos.Contains(observed);

    public override string ToString() =>
        $"{Id.Name} {(Certain ? "" : "possibly ")}{string.Join('|', Errnos)} ({Rule.Name}: {Because})";
}
