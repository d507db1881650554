namespace Harness.Targets.Qemu;

/// <summary>A physical address range that is hidden from the guest's kernel.</summary>
/// <param name="Start">First physical address.</param>
/// <param name="Size">Bytes.</param>
public sealed record UnknownMemory(ulong Start, ulong Size);

/// <summary>The file that a machine's RAM is in.</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Restored">
/// False: what the guest writes goes to the file, which becomes a snapshot's. True: the machine continues from that
/// snapshot, and what it writes is its own (mmap(2), MAP_PRIVATE).
/// </param>
public sealed record MemoryFile(string Path, bool Restored);

/// <summary>An arm64 machine with EL2 for QEMU's TCG, as data.</summary>
/// <param name="KernelPath">A raw arm64 Image.</param>
/// <param name="InitrdPath">Its initramfs, which starts ssh on port 22.</param>
/// <param name="Cpu">QEMU's -cpu: the model determines FWB and DIC.</param>
public sealed record QemuSpec(string KernelPath, string InitrdPath, string Cpu)
{
    /// <summary>A name in PATH, or a path.</summary>
    public string Program { get; init; } = "qemu-system-aarch64";

    /// <summary>At least two: with one CPU, TCG drops the alignment check on Device memory (QEMU 10.0).</summary>
    public int Cpus { get; init; } = 2;

    public int MemoryMiB { get; init; } = 2048;

    /// <summary>The size of a block of the kernel's pages: 2, 32 or 512 MiB.</summary>
    public int BlockMiB { get; init; } = UsualBlockMiB;

    private const int UsualBlockMiB = 2;

    /// <summary>
    /// RAM above this is hidden from the kernel (mem=), so that pfn_is_map_memory() is false there, as for a device's
    /// coherent memory. Null: the kernel gets all.
    /// </summary>
    public int? KnownMemoryMiB { get; init; } = 1536;

    /// <summary>Added to "virt,virtualization=on,gic-version=3": "mte=on", "iommu=smmuv3".</summary>
    public IReadOnlyList<string> MachineOptions { get; init; } = [];

    /// <summary>Added to the kernel's command line: "kvm-arm.mode=nvhe".</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>
    /// The login. Any other than root is an ordinary account in the group kvm, which the guest's init creates.
    /// </summary>
    public string User { get; init; } = Root;

    public const string Root = "root";

    /// <summary>Devices beyond the one network card.</summary>
    public IReadOnlyList<QemuFlag> Devices { get; init; } = [];

    /// <summary>
    /// A PCI device with a prefetchable BAR 2 of this size, behind an SMMUv3 and in its own IOMMU group, like one that
    /// VFIO passes to a VM. Null: no such device.
    /// </summary>
    public int? PciMemoryMiB { get; init; } = UsualPciMemoryMiB;

    public const int UsualPciMemoryMiB = 16;

    /// <summary>The address of that device, the only one behind the only root port.</summary>
    public const string PciMemoryAddress = "0000:01:00.0";

    /// <summary>A file that the machine's RAM is in; null: its RAM is QEMU's own.</summary>
    public MemoryFile? MemoryFile { get; init; }

    /// <summary>SHA-256, hex, of files that must be as they were built, by path.</summary>
    public IReadOnlyDictionary<string, string> Hashes { get; init; } = new Dictionary<string, string>();

    /// <summary>The command that builds its image again, for messages.</summary>
    public string BuildCommand { get; init; } = "harness images build";

    /// <summary>It continues from a snapshot instead of booting.</summary>
    public bool IsRestored => MemoryFile is { Restored: true };

    /// <summary>
    /// From start to a responding sshd, before scaling by <see cref="Processes.TimeoutScale"/>. 6 to 11 s are usual.
    /// </summary>
    public TimeSpan BootDeadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The range that the exporter module may map; null if the kernel knows all memory.</summary>
    public UnknownMemory? Unknown =>
        KnownMemoryMiB is { } known
            ? new(RamBase + ((ulong)known << 20), Math.Min((ulong)(MemoryMiB - known) << 20, MostUnknown))
            : null;

    /// <summary>
    /// The range above that, of which a device-dax device is made; null if it is too small for a mapping of two blocks.
    /// </summary>
    public UnknownMemory? Dax => Hidden(Unknown, (ulong)BlockMiB << 20, Math.Max(DaxSize, 2 * (ulong)BlockMiB << 20));

    /// <summary>
    /// The range above that, which can be added to the kernel's memory as it runs; null if it is smaller than a memory
    /// block.
    /// </summary>
    public UnknownMemory? Hotplug => Hidden(Dax, MemoryBlock, MemoryBlock);

    /// <summary>A range of hidden memory after another.</summary>
    private UnknownMemory? Hidden(UnknownMemory? before, ulong align, ulong size)
    {
        if (before is null)
            return null;
        ulong start = (before.Start + before.Size + align - 1) / align * align;
        return start + size <= RamBase + ((ulong)MemoryMiB << 20) ? new UnknownMemory(start, size) : null;
    }

    /// <summary>The image's init loads the exporter module, if the image has one.</summary>
    public bool LoadsExporter => Unknown is not null && !KernelArguments.Contains("harness.exporter=off");

    /// <summary>The start of the virt machine's RAM (QEMU hw/arm/virt.c, base_memmap[VIRT_MEM]).</summary>
    private const ulong RamBase = 0x4000_0000;

    private const ulong DaxSize = 64 << 20;

    /// <summary>SECTION_SIZE_BITS, arch/arm64/include/asm/sparsemem.h: 27, with pages of 64 KiB 29.</summary>
    private ulong MemoryBlock => BlockMiB > 32 ? 512ul << 20 : 128ul << 20;

    /// <summary>
    /// Enough for every case: some needs two blocks. With pages of 4 KiB it is half of what the default machine hides.
    /// </summary>
    private ulong MostUnknown => Math.Max(0x1000_0000, 2 * (ulong)BlockMiB << 20);
}
