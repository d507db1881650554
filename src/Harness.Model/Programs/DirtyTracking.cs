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

/// <summary>KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE: how much is split in one piece where logging begins.</summary>
public enum SplitChunk : byte
{
    /// <summary>The capability is not enabled: a block is split by the first store to it.</summary>
    None,

    /// <summary>The size of a block.</summary>
    Block,

    /// <summary>The size of a page, which is among the sizes of leaves, too.</summary>
    Page,

    /// <summary>Half a block: no leaf has that size.</summary>
    Unsupported,

    /// <summary>The size of a block, after a slot was registered.</summary>
    Late,
}

/// <summary>KVM_CAP_DIRTY_LOG_RING_ACQ_REL: each vCPU has a ring with the pages that it made dirty.</summary>
public enum DirtyRing : byte
{
    /// <summary>The capability is not enabled.</summary>
    None,

    /// <summary>The smallest ring: a page.</summary>
    Alone,

    /// <summary>Also KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: slots have a dirty log as well.</summary>
    WithBitmap,

    /// <summary>KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP without a ring.</summary>
    BitmapAlone,

    /// <summary>KVM_CAP_DIRTY_LOG_RING, which is for architectures with strong ordering.</summary>
    StronglyOrdered,

    /// <summary>Half a page.</summary>
    Small,

    /// <summary>Three pages: not a power of two.</summary>
    Odd,

    /// <summary>2 MiB: more than 65536 entries.</summary>
    Large,

    /// <summary>A ring of a page, twice.</summary>
    Twice,

    /// <summary>A ring of a page, after the vCPU was created.</summary>
    Late,
}

/// <summary>How the VM of a program tracks dirty pages: the capabilities that are enabled.</summary>
/// <param name="Protection">KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2.</param>
/// <param name="Split">KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE.</param>
/// <param name="Ring">KVM_CAP_DIRTY_LOG_RING_ACQ_REL and KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP.</param>
public readonly record struct DirtyTracking(LogProtection Protection, SplitChunk Split, DirtyRing Ring)
{
    /// <summary>Reading the log changes nothing.</summary>
    public bool Manual => Protection != LogProtection.AtRead;

    /// <summary>kvm_dirty_log_manual_protect_and_init_set(), include/linux/kvm_host.h.</summary>
    public bool InitiallySet => Protection == LogProtection.InitiallySet;

    /// <summary>kvm->dirty_ring_size: what vCPUs make dirty is in their rings.</summary>
    public bool HasRing => Ring is DirtyRing.Alone or DirtyRing.WithBitmap;

    /// <summary>kvm_use_dirty_bitmap(), virt/kvm/dirty_ring.c: slots that are logged have a dirty log.</summary>
    public bool HasBitmap => Ring != DirtyRing.Alone;

    /// <summary>Blocks are split where logging begins, or where the log is cleared.</summary>
    public bool SplitsEagerly => Split is SplitChunk.Block or SplitChunk.Page;
}
