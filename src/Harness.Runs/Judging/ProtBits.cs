using Harness.Model;

namespace Harness.Runs.Judging;

/// <summary>The values of enum kvm_pgtable_prot on one kernel, from its BTF: they changed in 6.9 and in 6.19.</summary>
/// <param name="Execute">KVM_PGTABLE_PROT_X up to 6.18; KVM_PGTABLE_PROT_PX later.</param>
/// <param name="Write">KVM_PGTABLE_PROT_W.</param>
/// <param name="Device">KVM_PGTABLE_PROT_DEVICE.</param>
/// <param name="NonCacheable">KVM_PGTABLE_PROT_NORMAL_NC; 0 if the kernel has none.</param>
public sealed record ProtBits(ulong Execute, ulong Write, ulong Device, ulong NonCacheable)
{
    public Leaf Decode(ulong prot) =>
        new(
            (prot & Device) != 0 ? MemoryType.DeviceNGnRE
                : (prot & NonCacheable) != 0 ? MemoryType.NormalNonCacheable
                : MemoryType.NormalWriteBack,
            (prot & Write) != 0,
            (prot & Execute) != 0
        );
}
