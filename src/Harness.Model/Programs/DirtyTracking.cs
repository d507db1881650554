namespace Harness.Model.Programs;

/// <summary>
/// When the pages that the dirty log reports are cleared and protected again: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2.
/// </summary>
public enum LogProtection : byte
{
    /// <summary>The capability is not enabled: KVM_GET_DIRTY_LOG does both.</summary>
    AtRead,

    /// <summary>KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE: only KVM_CLEAR_DIRTY_LOG does.</summary>
    Manual,

    /// <summary>Also KVM_DIRTY_LOG_INITIALLY_SET: in a new log every page is dirty, and none is protected.</summary>
    InitiallySet,

    /// <summary>KVM_DIRTY_LOG_INITIALLY_SET without KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE.</summary>
    InitiallySetAlone,
}

/// <summary>How the VM of a program tracks dirty pages: the capabilities that are enabled before it has a slot.</summary>
/// <param name="Protection">KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2.</param>
public readonly record struct DirtyTracking(LogProtection Protection)
{
    /// <summary>Reading the log changes nothing.</summary>
    public bool Manual => Protection != LogProtection.AtRead;

    /// <summary>kvm_dirty_log_manual_protect_and_init_set(), include/linux/kvm_host.h.</summary>
    public bool InitiallySet => Protection == LogProtection.InitiallySet;
}
