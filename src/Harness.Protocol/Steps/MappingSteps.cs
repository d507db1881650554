using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>
/// mmap(2), anonymous if <paramref name="Fd"/> is null. The address is aligned to <paramref name="Align"/> bytes
/// (inside a larger PROT_NONE reservation of the probe). With <paramref name="Over"/> it replaces an earlier mapping by
/// MAP_FIXED.
/// </summary>
/// <param name="As">
/// The mapping's name in the program. If it replaces <paramref name="Over"/>, it has the same size, and that name is
/// closed. Null: it becomes a part of <paramref name="Over"/>, which keeps its name.
/// </param>
/// <param name="Fd">An open file or a VFIO region.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Write">PROT_WRITE in addition to PROT_READ.</param>
/// <param name="Shared">MAP_SHARED, else MAP_PRIVATE.</param>
/// <param name="Align">A power of two; 0 with <paramref name="Over"/>.</param>
/// <param name="Over">The earlier mapping.</param>
/// <param name="FileOffset">The offset in the file or region, in bytes.</param>
/// <param name="OverOffset">The offset in the earlier mapping, in bytes; only for a part of it.</param>
public sealed record MapStep(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? As,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Fd,
    ulong Size,
    bool Write,
    bool Shared,
    ulong Align = 0,
    string? Over = null,
    ulong FileOffset = 0,
    ulong OverOffset = 0
) : Step<MapResult>(OnError.Fail)
{
    private const ulong Large = 512 << 20;

    /// <summary>
    /// A block with pages of 64 KiB is a good part of a host's memory: one program at a time has some.
    /// </summary>
    [JsonIgnore]
    public override bool NeedsHostAlone => Size >= Large;

    /// <summary>Maps a part of an earlier mapping anew.</summary>
    /// <param name="over">The earlier mapping.</param>
    /// <param name="offset">The offset in it, in bytes.</param>
    /// <param name="fd">An open file, from its start; null for anonymous memory.</param>
    /// <param name="size">In bytes.</param>
    /// <param name="write">See <see cref="Write"/>.</param>
    /// <param name="shared">See <see cref="Shared"/>.</param>
    public static MapStep Into(string over, ulong offset, string? fd, ulong size, bool write, bool shared) =>
        new(null, fd, size, write, shared, Over: over, OverOffset: offset);
}

/// <param name="Address">The address of the mapping.</param>
public sealed record MapResult(ulong? Address = null) : StepResult;

/// <summary>
/// munmap(2) of an aligned mapping, or of a part. The addresses have no VMA until the program ends. EBUSY if other
/// mappings of the process could be placed there.
/// </summary>
/// <param name="Map">A mapping. Its name remains valid for <see cref="MemslotStep"/>.</param>
/// <param name="Offset">The offset of the part, in bytes.</param>
/// <param name="Size">
/// The size of the part, in bytes; null: the whole mapping, which then only provides its address.
/// </param>
public sealed record HoleStep(string Map, ulong Offset = 0, ulong? Size = null) : Step<HoleResult>(OnError.Fail);

public sealed record HoleResult : StepResult;

/// <summary>
/// mremap(2) of an aligned mapping to addresses chosen by the kernel. The old ones have no VMA until the program ends;
/// the old name remains valid for <see cref="MemslotStep"/>. EBUSY as for <see cref="HoleStep"/>.
/// </summary>
public sealed record MoveStep(string As, string Map) : Step<MoveResult>(OnError.Fail);

/// <param name="Address">The new address.</param>
public sealed record MoveResult(ulong? Address = null) : StepResult;

/// <summary>mprotect(2) of the whole mapping, or of a part.</summary>
/// <param name="Map">The mapping.</param>
/// <param name="Read">PROT_READ.</param>
/// <param name="Write">PROT_WRITE.</param>
/// <param name="Offset">The offset of the part, in bytes.</param>
/// <param name="Size">The size of the part, in bytes; null: to the end of the mapping.</param>
public sealed record ProtectStep(string Map, bool Read, bool Write, ulong Offset = 0, ulong? Size = null)
    : Step<ProtectResult>(OnError.Fail);

public sealed record ProtectResult : StepResult;

/// <summary>munmap(2) of the whole mapping.</summary>
public sealed record UnmapStep(string Map) : Step<UnmapResult>(OnError.Fail);

public sealed record UnmapResult : StepResult;

/// <summary>The probe stores 32-bit words into the mapping, as seen by the host: mostly guest code.</summary>
/// <param name="Map">The mapping.</param>
/// <param name="Offset">Bytes into it.</param>
/// <param name="Words">In JSON, -N stands for N zeros: vectors have many.</param>
public sealed record WordsStep(
    string Map,
    ulong Offset,
    [property: JsonConverter(typeof(WordsConverter))] IReadOnlyList<uint> Words
) : Step<WordsResult>(OnError.Fail);

public sealed record WordsResult : StepResult;

/// <summary>
/// madvise(2) of a whole mapping, or of a part. Before MADV_FREE, pages that wait to be added to a list of the kernel's
/// are added: folio_mark_lazyfree() leaves out those that are on none.
/// </summary>
/// <param name="Map">The mapping.</param>
/// <param name="Advice">
/// MADV_*: DONTNEED is 4, FREE 8, HUGEPAGE 14, NOHUGEPAGE 15, PAGEOUT 21, POPULATE_WRITE 23, COLLAPSE 25.
/// </param>
/// <param name="Offset">The offset of the part, in bytes.</param>
/// <param name="Size">The size of the part, in bytes; null: to the end of the mapping.</param>
public sealed record AdviseStep(string Map, int Advice, ulong Offset = 0, ulong? Size = null)
    : Step<AdviseResult>(OnError.Fail);

public sealed record AdviseResult : StepResult;

/// <summary>mlock(2) of a whole mapping.</summary>
public sealed record LockStep(string Map) : Step<LockResult>(OnError.Fail);

public sealed record LockResult : StepResult;

/// <summary>
/// userfaultfd(2) over a whole mapping, and a thread of the probe that serves its faults until the program ends.
/// </summary>
/// <param name="As">Its name in the program.</param>
/// <param name="Map">The mapping.</param>
/// <param name="Faults">Which faults it serves, and how.</param>
/// <param name="Word">The word at the start of each page that is provided; the rest is zero.</param>
public sealed record UserFaultStep(string As, string Map, ServedFaults Faults, uint Word = 0)
    : Step<UserFaultResult>(OnError.Fail);

/// <summary>The faults that userfaultfd(2) has a thread serve.</summary>
[JsonConverter(typeof(CamelCaseEnum<ServedFaults>))]
public enum ServedFaults
{
    /// <summary>Of pages that are missing: each is provided (UFFDIO_REGISTER_MODE_MISSING, UFFDIO_COPY).</summary>
    Missing,

    /// <summary>
    /// The pages that there are, are write-protected at once, and each that is stored to loses its protection
    /// (UFFDIO_REGISTER_MODE_WP, UFFDIO_WRITEPROTECT).
    /// </summary>
    Protected,

    /// <summary>
    /// Of pages that the file has, and the mapping has not: each is mapped (UFFDIO_REGISTER_MODE_MINOR,
    /// UFFDIO_CONTINUE).
    /// </summary>
    Minor,
}

public sealed record UserFaultResult : StepResult;

/// <summary>
/// fork(2): a child that has this process's memory, and none of its files, and does nothing until the program ends.
/// </summary>
public sealed record ForkStep(string As) : Step<ForkResult>(OnError.Fail);

public sealed record ForkResult : StepResult;

/// <summary>
/// How much of an anonymous mapping is mapped by huge pages (/proc/self/smaps). ENOMEM if it is not the whole mapping.
/// </summary>
public sealed record HugeMappedStep(string Map) : Step<HugeMappedResult>(OnError.Fail);

/// <param name="Size">In bytes.</param>
public sealed record HugeMappedResult(ulong? Size = null) : StepResult;

/// <summary>
/// MADV_PAGEOUT is repeated until the process has no page left there that no other process has: one that waits to be
/// added to a list of the kernel's is not written to swap. EBUSY if one stays; 0 where madvise(2) returns EINVAL.
/// </summary>
/// <param name="Map">The mapping.</param>
/// <param name="Offset">The offset of the part, in bytes.</param>
/// <param name="Size">The size of the part, in bytes; null: to the end of the mapping.</param>
public sealed record PagedOutStep(string Map, ulong Offset = 0, ulong? Size = null)
    : Step<PagedOutResult>(OnError.Fail);

public sealed record PagedOutResult : StepResult;

/// <summary>
/// KSM merges a page of a private mapping with a copy of it: MADV_MERGEABLE for both, and a wait until they have one
/// frame, which both have read-only. The process stores its number at the page's end first, so that no page of another
/// process has the same content. EAGAIN if the page is not merged in time.
/// </summary>
/// <param name="As">The copy's name in the program.</param>
/// <param name="Map">The mapping; the process has the page.</param>
/// <param name="Offset">Of the page, in bytes.</param>
public sealed record MergeStep(string As, string Map, ulong Offset = 0) : Step<MergeResult>(OnError.Fail);

public sealed record MergeResult : StepResult;

/// <summary>
/// The memory of a page of a mapping fails: memory_failure(), by debugfs's hwpoison/corrupt-pfn. When the program has
/// ended, after all else is closed, hwpoison/unpoison-pfn takes the page back. EPERM if the page's frame is not shown.
/// </summary>
/// <param name="As">Its name in the program.</param>
/// <param name="Map">The mapping; the process has the page, or gets it by a load.</param>
/// <param name="Offset">Of the page, in bytes.</param>
/// <param name="Soft">
/// Only the frame is given up: the page moves to another one, soft_offline_page(). EBUSY if it doesn't.
/// </param>
public sealed record PoisonStep(
    string As,
    string Map,
    ulong Offset = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Soft = false
) : Step<PoisonResult>(OnError.Fail);

public sealed record PoisonResult : StepResult;

/// <summary>What the process's page table has for a page of a mapping: /proc/self/pagemap.</summary>
/// <param name="Map">The mapping.</param>
/// <param name="Offset">Of the page, in bytes.</param>
public sealed record FrameStep(string Map, ulong Offset = 0) : Step<FrameResult>(OnError.Continue);

/// <param name="Entry">
/// As in Documentation/admin-guide/mm/pagemap.rst: bit 63 for a present page, bits 54:0 its frame, zero without
/// CAP_SYS_ADMIN. VM_PFNMAP pages are never present there: walk_page_test(), mm/pagewalk.c.
/// </param>
public sealed record FrameResult(ulong? Entry = null) : StepResult;
