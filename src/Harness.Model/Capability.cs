namespace Harness.Model;

/// <summary>
/// What KVM_CHECK_EXTENSION answers for a capability: what userspace can know before it asks for anything.
/// </summary>
/// <param name="Number">KVM_CAP_*, linux/kvm.h.</param>
/// <param name="Name">Its name without the prefix.</param>
/// <param name="Source">Where the answer is written.</param>
/// <param name="OnVm">The answer of a VM's descriptor on a host; an errno is negative.</param>
/// <param name="OnSystem">The answer of /dev/kvm; the same as a VM's where null.</param>
public sealed record Capability(
    int Number,
    string Name,
    Source Source,
    Func<HostFacts, int> OnVm,
    Func<HostFacts, int>? OnSystem = null
)
{
    /// <summary>
    /// It answers as this capability does, by number: both hang on something of the host that the model doesn't ask.
    /// What
    /// <see cref="OnVm"/> says is then the answer of a host that has it.
    /// </summary>
    public int? Like { get; init; }

    /// <summary>
    /// It is answered before arm64 is asked: kvm_vm_ioctl_check_extension_generic(). All others, of those that bear on
    /// memory, are refused to a protected VM by kvm_pkvm_ext_allowed().
    /// </summary>
    public bool Generic { get; init; }

    /// <summary>The answer of a protected VM's descriptor, where the kernel makes such VMs (7.1+).</summary>
    public int OnProtectedVm(HostFacts host) => Generic ? OnVm(host) : 0;

    /// <summary>The name under which a contradicted capability is reported, beside the names of rules.</summary>
    public string RuleName => $"cap-{Number}";

    public int System(HostFacts host) => (OnSystem ?? OnVm)(host);

    public override string ToString() => $"KVM_CAP_{Name} ({Number})";
}
