namespace Harness.Model.Registers;

/// <summary>A register that a host refuses, or may refuse, to take from another.</summary>
/// <param name="Id">The register.</param>
/// <param name="Errnos">What KVM_SET_ONE_REG may return; at least one.</param>
/// <param name="Certain">
/// Whether it is refused for certain. If not, the facts don't tell, because kernels differ in what isn't seen from
/// userspace: to accept it is as right as to refuse it.
/// </param>
/// <param name="Rule">Why.</param>
/// <param name="Because">What of the values the rule is about: "FWB: 1, and here 0".</param>
public sealed record RefusedRegister(
    RegisterId Id,
    IReadOnlyList<Errno> Errnos,
    bool Certain,
    RegisterRule Rule,
    string Because
)
{
    /// <summary>Whether it agrees with what happened: the errno, None if the register was accepted.</summary>
    public bool Allows(Errno observed) => observed == Errno.None ? !Certain : Errnos.Contains(observed);

    public override string ToString() =>
        $"{Id.Name} {(Certain ? "" : "possibly ")}{string.Join('|', Errnos)} ({Rule.Name}: {Because})";
}
