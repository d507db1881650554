namespace Harness.Model.Ownership;

/// <summary>What KVM_CREATE_VM is asked for.</summary>
public enum VmKind : byte
{
    Ordinary,

    /// <summary>
    /// KVM_VM_TYPE_ARM_PROTECTED, bit 31 of the type: pages that the guest touches are taken from the host. In another
    /// system, whatever kind of VM has pages that the host has not.
    /// </summary>
    Protected,
}
