namespace Harness.Model.Migrations;

/// <summary>The stages that a migration can end in, in the order in which a VMM goes through them.</summary>
public enum MigrationStage : byte
{
    /// <summary>On the source: the VM never ran, or not far enough to be migrated.</summary>
    Source,

    /// <summary>
    /// On the source: KVM_MEM_LOG_DIRTY_PAGES was refused, so memory can't be sent while the guest runs.
    /// </summary>
    DirtyLog,

    /// <summary>A capability that the VMM relied on is missing; nothing has been created yet.</summary>
    Capability,

    /// <summary>The destination can't create such memory for the slot.</summary>
    Memory,

    /// <summary>KVM_CREATE_VM.</summary>
    Vm,

    /// <summary>Creating the memslot: KVM_ENABLE_CAP, KVM_CREATE_GUEST_MEMFD, KVM_SET_USER_MEMORY_REGION.</summary>
    Registration,

    /// <summary>KVM_CREATE_VCPU or KVM_ARM_VCPU_INIT.</summary>
    Vcpu,

    /// <summary>KVM_SET_ONE_REG of a register that the VMM requires.</summary>
    Registers,

    /// <summary>Writing the content of the memory, and its tags.</summary>
    Content,

    /// <summary>KVM_RUN, before the guest accesses the memory under test.</summary>
    FirstRun,

    /// <summary>The guest's first access to the memory under test.</summary>
    FirstAccess,

    /// <summary>The guest read something other than it had written, or found another value in a register.</summary>
    Data,

    /// <summary>A later access.</summary>
    Onward,

    /// <summary>It did not end early: the guest found its state unchanged, and continues.</summary>
    Resumed,
}
