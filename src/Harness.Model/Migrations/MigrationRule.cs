namespace Harness.Model.Migrations;

/// <summary>A reason for a migration to end that is not a rule of either host's policy.</summary>
public sealed record MigrationRule(string Name, Source Source, string Says) : Statement(Name, Source, Says)
{
    private const string Api = "Documentation/virt/kvm/api.rst";

    public static MigrationRule MemoryThere { get; } =
        new(
            "memory-there",
            Source.Specification("open(2), mmap(2)", "the VMM", "the memory's creation"),
            "the memory behind the slot must be created on the destination, too"
        );

    public static MigrationRule IpaSize { get; } =
        new(
            "ipa-size",
            new Source("kvm_init_ipa_range", "arch/arm64/kvm/mmu.c", "6.1", "phys_shift > kvm_ipa_limit: -EINVAL"),
            "a VM's IPA size is at most the physical address size of the host's CPUs"
        );

    public static MigrationRule Resumes { get; } =
        new(
            "resumes",
            Source.Specification("KVM_RUN", Api, "the vCPU continues at its registers' state"),
            "a VM that was saved and restored continues with its old values"
        );

    public static MigrationRule RegistersRestored { get; } =
        new(
            "registers-restored",
            Source.Specification("KVM_SET_ONE_REG", Api, "4.68"),
            "a vCPU accepts the register values of another one like it"
        );

    /// <summary>The rule for a capability that the VMM relied on and that the destination does not have.</summary>
    public static MigrationRule Relied(ReliedCapability capability) =>
        new(
            $"cap-{capability.Number}",
            Source.Specification("KVM_CHECK_EXTENSION", Api, $"KVM_CAP_{capability.Name}"),
            $"a VM that was made with KVM_CAP_{capability.Name} is not made without"
        );
}
