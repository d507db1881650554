namespace Harness.Model;

/// <summary>
/// What KVM_CHECK_EXTENSION returns for a capability: what userspace can find out before it creates anything.
/// </summary>
/// <param name="Number">KVM_CAP_*, linux/kvm.h.</param>
/// <param name="Name">Its name without the prefix.</param>
/// <param name="Source">The code that returns the value.</param>
/// <param name="OnVm">The value for a VM descriptor on a host; an errno is negative.</param>
/// <param name="OnSystem">The value for /dev/kvm; null if it is the same as for a VM.</param>
public sealed record Capability(
    int Number,
    string Name,
    Source Source,
    Func<HostFacts, int> OnVm,
    Func<HostFacts, int>? OnSystem = null
)
{
    /// <summary>
    /// The number of a capability that returns the same value: both depend on a property of the host that is not in the
    /// model. <see cref="OnVm"/> is then the value on a host that has the property.
    /// </summary>
    public int? Like { get; init; }

    /// <summary>
    /// It is handled before the arm64 code: kvm_vm_ioctl_check_extension_generic(). kvm_pkvm_ext_allowed() reports all
    /// others that concern memory as absent to a protected VM.
    /// </summary>
    public bool Generic { get; init; }

    /// <summary>The value for a protected VM's descriptor, where the kernel supports such VMs (7.1+).</summary>
    public int OnProtectedVm(HostFacts host) => Generic ? OnVm(host) : 0;

    /// <summary>The name under which a contradicted capability is reported, beside the names of rules.</summary>
    public string RuleName => $"cap-{Number}";

    /// <summary>The same as part of a prediction.</summary>
    public CapabilityStatement Statement => new(this);

    public int System(HostFacts host) => (OnSystem ?? OnVm)(host);

    public override string ToString() => $"KVM_CAP_{Name} ({Number})";
}

/// <summary>That a kernel returns what follows from its sources for a capability.</summary>
public sealed record CapabilityStatement(Capability Of)
    : Statement(
        Of.RuleName,
        Of.Source,
        $"what KVM_CHECK_EXTENSION returns for {Of} follows from the kernel's release, the CPU and the mode"
    );
