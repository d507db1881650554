using Harness.Model.Registers;

namespace Harness.Model.Migrations;

/// <summary>The source or the destination of a migration.</summary>
/// <param name="Policy">Its policy.</param>
/// <param name="Host">Its host facts.</param>
public sealed record MigrationSide(Policy Policy, HostFacts Host)
{
    /// <summary>The largest IPA size of a VM there: KVM_CAP_ARM_VM_IPA_SIZE.</summary>
    public int IpaLimit { get; init; } = 40;

    /// <summary>
    /// The registers of a vCPU there; null if they were not read, and then nothing is predicted about them.
    /// </summary>
    public VcpuRegisters? Registers { get; init; }

    /// <summary>Why the memory can't be created there; null if it can.</summary>
    public string? WhyNoMemory { get; init; }

    /// <summary>
    /// Whether a VM of this IPA size can be created. In protected mode KVM_CREATE_VM accepts any number, silently
    /// limited: kvm_init_ipa_range(), arch/arm64/kvm/mmu.c (6.12, 7.2 and 7.3 read).
    /// </summary>
    public bool Makes(int bits) => bits <= IpaLimit || Host.Mode == KvmMode.Protected;

    /// <summary>What KVM_CHECK_EXTENSION on a VM descriptor returns for a capability.</summary>
    public int Answer(int capability) =>
        capability == ReliedCapability.VmIpaSize
            ? IpaLimit
            : Policy.Capabilities.FirstOrDefault(c => c.Number == capability)?.OnVm(Host) ?? 0;
}
