namespace Harness.Targets.Qemu;

/// <summary>The memory of a machine, in MiB.</summary>
/// <param name="All">All of it.</param>
/// <param name="OfKernel">What its kernel gets (mem=); the remainder is hidden from it.</param>
/// <param name="OfPci">The PCI device's.</param>
/// <param name="Block">The size of a block of the kernel's pages.</param>
/// <param name="Movable">
/// What the kernel keeps for memory that can be moved (movablecore=), where blocks stay whole; 0: the kernel decides.
/// </param>
public sealed record MachineMemory(int All, int OfKernel, int OfPci, int Block, int Movable)
{
    // With pages of 64 KiB.
    private const int Hidden = 2560;
    private const int Known = 3072;
    private const int MovableOfKnown = 2560;

    /// <summary>
    /// What the configuration gives, or more where a block is large. With pages of 64 KiB it has 512 MiB: three or four
    /// are free in the kernel's memory, for hugetlb pages, transparent huge pages and drivers; and five are hidden: two
    /// for drivers, two for a device-dax device, one to be hot-added. Without a part that is kept for what can be
    /// moved, the kernel begins to use each block that is free (measured on 6.12: two are left of six).
    /// </summary>
    /// <param name="all">The machine's memory in the configuration.</param>
    /// <param name="ofKernel">The kernel's memory in the configuration.</param>
    /// <param name="pageKiB">The page size of the kernel: 4, 16 or 64 KiB.</param>
    public static MachineMemory For(int all, int ofKernel, int pageKiB)
    {
        int block = pageKiB * pageKiB / 8;
        int pci = Math.Max(QemuSpec.UsualPciMemoryMiB, 2 * block);
        if (pageKiB < 64)
            return new MachineMemory(all, ofKernel, pci, block, Movable: 0);
        int known = Math.Max(ofKernel, Known);
        return new MachineMemory(Math.Max(all, known + Hidden), known, pci, block, known - Known + MovableOfKnown);
    }
}
