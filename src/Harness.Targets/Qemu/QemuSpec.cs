namespace Harness.Targets.Qemu;

/// <summary>A physical address range that the guest's kernel is not told of.</summary>
/// <param name="Start">First physical address.</param>
/// <param name="Size">Bytes.</param>
public sealed record UnknownMemory(ulong Start, ulong Size);

/// <summary>An arm64 machine with EL2 for QEMU's TCG, as data.</summary>
/// <param name="KernelPath">A raw arm64 Image.</param>
/// <param name="InitrdPath">Its initramfs, which brings up ssh on port 22.</param>
/// <param name="Cpu">QEMU's -cpu: the model decides about FWB and DIC.</param>
public sealed record QemuSpec(string KernelPath, string InitrdPath, string Cpu)
{
    /// <summary>A name in PATH, or a path.</summary>
    public string Program { get; init; } = "qemu-system-aarch64";

    /// <summary>Two at least: with one CPU, TCG drops the alignment check on Device memory (QEMU 10.0).</summary>
    public int Cpus { get; init; } = 2;

    public int MemoryMiB { get; init; } = 2048;

    /// <summary>
    /// RAM from here to the end of the machine's is kept from the kernel (mem=), so that pfn_is_map_memory() is false
    /// there: what a device's coherent memory looks like to KVM. Null: the kernel gets all.
    /// </summary>
    public int? KnownMemoryMiB { get; init; } = 1536;

    /// <summary>Added to "virt,virtualization=on,gic-version=3": "mte=on", "iommu=smmuv3".</summary>
    public IReadOnlyList<string> MachineOptions { get; init; } = [];

    /// <summary>Added to the kernel's command line: "kvm-arm.mode=nvhe".</summary>
    public IReadOnlyList<string> KernelArguments { get; init; } = [];

    /// <summary>
    /// Who logs in. Any other than root is an ordinary account in the group kvm, which the guest's init makes.
    /// </summary>
    public string User { get; init; } = Root;

    public const string Root = "root";

    /// <summary>Devices beyond the one network card.</summary>
    public IReadOnlyList<QemuFlag> Devices { get; init; } = [];

    /// <summary>
    /// A PCI device whose BAR 2 is so much memory, prefetchable, behind an SMMUv3 and in an IOMMU group of its own:
    /// what VFIO hands to a VM. Null: no such device.
    /// </summary>
    public int? PciMemoryMiB { get; init; } = UsualPciMemoryMiB;

    public const int UsualPciMemoryMiB = 16;

    /// <summary>Where that device is.</summary>
    public const string PciMemoryAddress = "0000:00:10.0";

    /// <summary>A file written by a migration of the same machine, to start from instead of booting.</summary>
    public string? Snapshot { get; init; }

    /// <summary>
    /// From start to an answering sshd, before <see cref="Processes.TimeoutScale"/> stretches it. 6 to 11 s are usual.
    /// </summary>
    public TimeSpan BootDeadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The range that the exporter module may map; null if the kernel knows all memory.</summary>
    public UnknownMemory? Unknown =>
        KnownMemoryMiB is { } known
            ? new(RamBase + ((ulong)known << 20), Math.Min((ulong)(MemoryMiB - known) << 20, MostUnknown))
            : null;

    /// <summary>Where the virt machine's RAM begins (QEMU hw/arm/virt.c, base_memmap[VIRT_MEM]).</summary>
    private const ulong RamBase = 0x4000_0000;

    /// <summary>Enough for every case, and half of what the default machine has there.</summary>
    private const ulong MostUnknown = 0x1000_0000;
}
