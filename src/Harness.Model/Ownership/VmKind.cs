namespace Harness.Model.Ownership;

/// <summary>The VM type passed to KVM_CREATE_VM.</summary>
public enum VmKind : byte
{
    Ordinary,

    /// <summary>
    /// KVM_VM_TYPE_ARM_PROTECTED, bit 31 of the type: pages that the guest accesses are taken from the host. In other
    /// systems, any kind of VM with pages that the host can't access.
    /// </summary>
    Protected,
}
