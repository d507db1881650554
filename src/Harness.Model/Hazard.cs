using Harness.Model.Programs;

namespace Harness.Model;

/// <summary>What a case may do to its host, the lesser harm first.</summary>
public enum Harm : byte
{
    /// <summary>The host loses memory until it boots again.</summary>
    LosesMemory,

    /// <summary>It may crash.</summary>
    Crashes,
}

/// <summary>A case that may harm its host: it runs after all others, alone.</summary>
/// <param name="Harm">What it may do.</param>
/// <param name="Why">Why it may.</param>
public sealed record Hazard(Harm Harm, string Why)
{
    /// <summary>The harm of a case on a host, or null.</summary>
    /// <param name="host">The host.</param>
    /// <param name="case">The case.</param>
    /// <param name="predicted">The prediction of its policy.</param>
    public static Hazard? Of(HostFacts host, Case @case, Prediction predicted) =>
        host.Mode == KvmMode.Protected && ChangesSize(predicted)
            ? new Hazard(
                Harm.Crashes,
                "a mapping changes its size at a permission fault, for which older kernels in protected mode have no memory"
            )
        : WhyFirstIsFreed(@case, predicted) is { } why ? new Hazard(Harm.LosesMemory, why)
        : null;

    /// <summary>
    /// Up to 7.2 user_mem_abort() tops up the memory cache for translation faults and logged stores only; in protected
    /// mode a permission fault that maps a block over pages, or pages over a block, then finds no mapping object:
    /// pkvm_pgtable_stage2_map() warns and fails with ENOMEM, or dereferences NULL with mmu_lock held
    /// (arch/arm64/kvm/pkvm.c, 6.16 to 7.3.3).
    /// </summary>
    private static bool ChangesSize(Prediction predicted)
    {
        for (int i = 1; i < predicted.Accesses.Count; i++)
            if (AreOfTwoSizes(predicted.Accesses[i - 1].Outcome, predicted.Accesses[i].Outcome))
                return true;
        for (int i = 1; i < predicted.Program.Count; i++)
        {
            var (before, after) = (predicted.Program[i - 1], predicted.Program[i]);
            if (after.Step.Accesses.Any(a => AreOfTwoSizes(before.Left[(int)a.Page], after.Left[(int)a.Page])))
                return true;
        }
        return false;
    }

    private static bool AreOfTwoSizes(Outcome before, Outcome after) =>
        before is { Kind: OutcomeKind.Mapped }
        && after is { Kind: OutcomeKind.Mapped }
        && before.Leaf.Block != after.Leaf.Block;

    /// <summary>Of a driver's memory: that of the process is one folio, with one count for all of its pages.</summary>
    private static string? WhyFirstIsFreed(Case c, Prediction predicted) =>
        c.Backing is { Driver: true, Memory: KernelMap.Known }
            ? predicted
                .Accesses.Where(a => a.Access == Access.ReadNext)
                .Select(a => a.Path)
                .Concat(predicted.Program.Where(s => s.Step.Accesses.Any(IsOfOther)).Select(s => s.Path))
                .SelectMany(path => path)
                .Select(rule => rule.FreesFirst)
                .FirstOrDefault(why => why is not null)
            : null;

    private static bool IsOfOther(SlotAccess access) => access.Page.In(alias: false) != SlotPage.First;
}
