namespace Harness.Model;

/// <summary>Cases that may crash the host; they run after all others.</summary>
public static class Hazard
{
    /// <summary>
    /// Why a case may harm a host, or null. Up to 7.2 user_mem_abort() tops up the memory cache for translation faults
    /// and logged stores only; in protected mode a permission fault that maps a block over pages, or pages over a
    /// block, then finds no mapping object: pkvm_pgtable_stage2_map() warns and fails with ENOMEM, or dereferences NULL
    /// with mmu_lock held (arch/arm64/kvm/pkvm.c, 6.16 to 7.3.3).
    /// </summary>
    /// <param name="host">The host.</param>
    /// <param name="predicted">The prediction of its policy.</param>
    public static string? Of(HostFacts host, Prediction predicted)
    {
        if (host.Mode != KvmMode.Protected)
            return null;
        for (int i = 1; i < predicted.Accesses.Count; i++)
            if (
                predicted.Accesses[i - 1].Outcome is { Kind: OutcomeKind.Mapped } before
                && predicted.Accesses[i].Outcome is { Kind: OutcomeKind.Mapped } after
                && before.Leaf.Block != after.Leaf.Block
            )
                return "a mapping changes its size at a permission fault, for which older kernels in protected mode have no memory";
        return null;
    }
}
