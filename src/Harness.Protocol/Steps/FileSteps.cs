using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>open(2).</summary>
public sealed record OpenStep(string As, string Path, bool Writable = true) : Step<OpenResult>(OnError.Fail)
{
    /// <summary>Through these, programs reach the same memory of a device.</summary>
    [JsonIgnore]
    public override bool NeedsHostAlone =>
        Path == "/dev/mem"
        || Path.StartsWith("/sys/", StringComparison.Ordinal)
        || Path.StartsWith("/dev/dax", StringComparison.Ordinal);
}

public sealed record OpenResult : StepResult;

/// <summary>memfd_create(2) of <paramref name="Size"/> bytes.</summary>
/// <param name="As">The file's name in the program.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Huge">MFD_HUGETLB.</param>
/// <param name="SealShrink">F_SEAL_SHRINK, which a udmabuf requires.</param>
/// <param name="HugeKiB">The size of the pages of hugetlbfs, in KiB; null: 2048.</param>
public sealed record MemfdStep(string As, ulong Size, bool Huge = false, bool SealShrink = false, int? HugeKiB = null)
    : Step<MemfdResult>(OnError.Fail);

public sealed record MemfdResult : StepResult;

/// <summary>memfd_secret(2) of <paramref name="Size"/> bytes; ENOSYS if the kernel doesn't support it.</summary>
public sealed record SecretmemStep(string As, ulong Size) : Step<SecretmemResult>(OnError.Fail);

public sealed record SecretmemResult : StepResult;

/// <summary>A file of <paramref name="Size"/> bytes in a folder, unlinked after it is opened.</summary>
public sealed record TemporaryFileStep(string As, string Folder, ulong Size) : Step<TemporaryFileResult>(OnError.Fail);

public sealed record TemporaryFileResult : StepResult;

/// <summary>What memory the exporter maps: STAGE2_MEMORY_* of stage2_exporter.h, by their numbers.</summary>
[JsonConverter(typeof(CamelCaseEnum<ExportedMemory>))]
public enum ExportedMemory
{
    /// <summary>Pages in the kernel's memory map.</summary>
    Known,

    /// <summary>The range given when the module was loaded.</summary>
    Unknown,

    /// <summary>As known, but with a refcount of zero, and only for <see cref="ExportedVma.Pfnmap"/>.</summary>
    Unheld,

    /// <summary>
    /// The range that <see cref="HotplugStep"/> adds and removes, only for <see cref="ExportedVma.Pfnmap"/>.
    /// </summary>
    Hotplug,
}

/// <summary>The VMA's pgprot: STAGE2_TYPE_*, by their numbers.</summary>
[JsonConverter(typeof(CamelCaseEnum<ExportedType>))]
public enum ExportedType
{
    Wb,
    Nc,
    Ngnre,
    Ngnrne,
}

/// <summary>The kind of VMA: STAGE2_VMA_*, by their numbers.</summary>
[JsonConverter(typeof(CamelCaseEnum<ExportedVma>))]
public enum ExportedVma
{
    Pfnmap,
    Mixedmap,
}

/// <summary>When and how the pages are inserted into the exporter's VMA.</summary>
[JsonConverter(typeof(CamelCaseEnum<PageInsertion>))]
public enum PageInsertion
{
    /// <summary>All of them at mmap(2).</summary>
    Mmap,

    /// <summary>A page at a time, by the fault handler.</summary>
    Fault,

    /// <summary>A block of the host's page size at a time, by the fault handler.</summary>
    Huge,

    /// <summary>A page at a time, read-only until the process has stored to it.</summary>
    Notified,

    /// <summary>A page at a time, with every other page that there is.</summary>
    Scattered,
}

/// <summary>STAGE2_EXPORT on an open exporter: configures the next mmap of <paramref name="Fd"/>.</summary>
/// <param name="Fd">An open /dev/stage2-exporter.</param>
/// <param name="Memory">What memory.</param>
/// <param name="Type">Its type in the VMA.</param>
/// <param name="Vma">The kind of VMA.</param>
/// <param name="AnyUncached">Set VM_ALLOW_ANY_UNCACHED.</param>
/// <param name="Size">
/// Bytes, a multiple of the page size. The memory is zeroed; from a block's size on it is physically aligned to that.
/// </param>
/// <param name="Insert">When its pages are inserted.</param>
public sealed record ExportStep(
    string Fd,
    ExportedMemory Memory,
    ExportedType Type,
    ExportedVma Vma,
    bool AnyUncached,
    ulong Size,
    PageInsertion Insert = PageInsertion.Mmap
) : Step<ExportResult>(OnError.Fail);

public sealed record ExportResult : StepResult;

/// <summary>
/// STAGE2_HOTPLUG on an open exporter: adds its range of memory to the kernel's, or unmaps and removes it. Nothing is
/// done if it is so already; when the program ends it is removed. EBUSY if another program uses the range.
/// </summary>
/// <param name="Fd">An open /dev/stage2-exporter.</param>
/// <param name="Added">Add it.</param>
public sealed record HotplugStep(string Fd, bool Added) : Step<HotplugResult>(OnError.Fail)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsHostAlone => true;
}

public sealed record HotplugResult : StepResult;

/// <summary>fallocate(2).</summary>
/// <param name="Fd">An open file.</param>
/// <param name="Mode">FALLOC_FL_*: KEEP_SIZE is 1, PUNCH_HOLE 2, COLLAPSE_RANGE 8, ZERO_RANGE 16.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Size">In bytes.</param>
public sealed record FallocateStep(string Fd, int Mode, ulong Offset, ulong Size)
    : Step<FallocateResult>(OnError.Continue)
{
    /// <summary>A mode: FALLOC_FL_PUNCH_HOLE, with the FALLOC_FL_KEEP_SIZE that it requires.</summary>
    public const int PunchHole = 2 | KeepSize;

    /// <summary>A mode: FALLOC_FL_KEEP_SIZE.</summary>
    public const int KeepSize = 1;
}

public sealed record FallocateResult : StepResult;

/// <summary>ftruncate(2).</summary>
public sealed record TruncateStep(string Fd, ulong Size) : Step<TruncateResult>(OnError.Continue);

public sealed record TruncateResult : StepResult;

/// <summary>pread(2) of 4 bytes at the start of a file.</summary>
public sealed record ReadFileStep(string Fd) : Step<ReadFileResult>(OnError.Continue);

/// <param name="Value">The word, if all four bytes were read.</param>
/// <param name="Count">How many bytes were read, if fewer.</param>
public sealed record ReadFileResult(uint? Value = null, long? Count = null) : StepResult;

/// <summary>pwrite(2) of a 32-bit word at the start of a file.</summary>
public sealed record WriteFileStep(string Fd, uint Value = 0) : Step<WriteFileResult>(OnError.Continue);

/// <param name="Count">Bytes written.</param>
public sealed record WriteFileResult(long? Count = null) : StepResult;

/// <summary>close(2) of anything opened: a descriptor, a VM, a vCPU (its kvm_run page is unmapped first).</summary>
public sealed record CloseStep(string Name) : Step<CloseResult>(OnError.Fail);

public sealed record CloseResult : StepResult;

/// <summary>
/// Closes and unmaps everything that the program opened, in reverse order, as at its end; no name can be used
/// afterwards.
/// </summary>
public sealed record CloseAllStep() : Step<CloseAllResult>(OnError.Fail);

public sealed record CloseAllResult : StepResult;
