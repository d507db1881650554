using Harness.Model.Registers;

namespace Harness.Model.Migrations;

/// <summary>A host that a VM leaves, or comes to.</summary>
/// <param name="Policy">What it decides by.</param>
/// <param name="Host">What the decision asks of it.</param>
public sealed record MigrationSide(Policy Policy, HostFacts Host)
{
    /// <summary>The most bits of guest physical addresses that a VM can have there: KVM_CAP_ARM_VM_IPA_SIZE.</summary>
    public int IpaLimit { get; init; } = 40;

    /// <summary>What a vCPU's registers are there; null where nobody asked, and nothing is foreseen of them.</summary>
    public VcpuRegisters? Registers { get; init; }

    /// <summary>Why the memory can't be made there, or null where it can.</summary>
    public string? WhyNoMemory { get; init; }

    /// <summary>
    /// Whether a VM of so many bits can be made. In protected mode KVM_CREATE_VM takes any number for the limit, and
    /// says nothing: kvm_init_ipa_range(), arch/arm64/kvm/mmu.c (6.12, 7.2 and 7.3 read).
    /// </summary>
    public bool Makes(int bits) => bits <= IpaLimit || Host.Mode == KvmMode.Protected;

    /// <summary>What a VM's descriptor answers about a capability.</summary>
    public int Answer(int capability) =>
        capability == ReliedCapability.VmIpaSize
            ? IpaLimit
            : Policy.Capabilities.FirstOrDefault(c => c.Number == capability)?.OnVm(Host) ?? 0;
}
