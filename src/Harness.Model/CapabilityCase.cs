namespace Harness.Model;

/// <summary>
/// What KVM_CHECK_EXTENSION returns for a capability, for /dev/kvm and for a VM. No memory is involved, and no guest.
/// </summary>
/// <param name="Number">KVM_CAP_*, linux/kvm.h.</param>
public sealed record CapabilityCase(int Number) : Case(Backing.Plain, VmaWritable: true)
{
    protected override string? Restriction() => null;
}
