namespace Harness.Model.Migrations;

/// <summary>Where a migration can end, in the order in which a VMM goes through it.</summary>
public enum MigrationStage : byte
{
    /// <summary>On the source: the VM never ran, or not far enough to be moved.</summary>
    Source,

    /// <summary>
    /// On the source: KVM_MEM_LOG_DIRTY_PAGES was refused, so that memory can't travel while the guest runs.
    /// </summary>
    DirtyLog,

    /// <summary>A capability that the VMM relied on is not there: nothing has been made yet.</summary>
    Capability,

    /// <summary>The destination has no such memory to put behind the slot.</summary>
    Memory,

    /// <summary>KVM_CREATE_VM.</summary>
    Vm,

    /// <summary>Setting the memslot up: KVM_ENABLE_CAP, KVM_CREATE_GUEST_MEMFD, KVM_SET_USER_MEMORY_REGION.</summary>
    Registration,

    /// <summary>KVM_CREATE_VCPU or KVM_ARM_VCPU_INIT.</summary>
    Vcpu,

    /// <summary>KVM_SET_ONE_REG of a register that the VMM insists on.</summary>
    Registers,

    /// <summary>Storing the content of the memory.</summary>
    Content,

    /// <summary>KVM_RUN, before the guest touched the memory under test.</summary>
    FirstRun,

    /// <summary>The guest's first access to the memory under test.</summary>
    FirstAccess,

    /// <summary>The guest read something else than it had written, or found another value in a register.</summary>
    Data,

    /// <summary>A later access.</summary>
    Onward,

    /// <summary>Nowhere: the guest has found all as it was, and goes on.</summary>
    Resumed,
}
