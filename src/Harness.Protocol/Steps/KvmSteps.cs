using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>KVM_CREATE_VM.</summary>
public sealed record VmStep(string As, ulong Type = 0) : Step<VmResult>(OnError.Fail);

public sealed record VmResult : StepResult;

/// <summary>KVM_ENABLE_CAP on the VM, with no flags.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Capability">Its number.</param>
/// <param name="Argument">args[0].</param>
public sealed record EnableCapabilityStep(string Vm, int Capability, ulong Argument = 0)
    : Step<EnableCapabilityResult>(OnError.Fail);

public sealed record EnableCapabilityResult : StepResult;

/// <summary>KVM_CREATE_GUEST_MEMFD on the VM.</summary>
/// <param name="As">The guest_memfd's name in the program.</param>
/// <param name="Vm">The VM.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Flags">GUEST_MEMFD_FLAG_*: MMAP is 1, INIT_SHARED is 2.</param>
public sealed record GuestMemoryStep(string As, string Vm, ulong Size, ulong Flags)
    : Step<GuestMemoryResult>(OnError.Fail);

public sealed record GuestMemoryResult : StepResult;

/// <summary>KVM_CHECK_EXTENSION, on the named VM or on /dev/kvm if null.</summary>
public sealed record ExtensionStep(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Vm,
    int Capability
) : Step<ExtensionResult>(OnError.Continue);

/// <param name="Value">What the ioctl returned.</param>
public sealed record ExtensionResult(int? Value = null) : StepResult;

/// <summary>
/// KVM_SET_USER_MEMORY_REGION, or KVM_SET_USER_MEMORY_REGION2 with all its fields: slot <paramref name="Slot"/> maps
/// <paramref name="Size"/> bytes at guest physical <paramref name="Gpa"/> to a mapping, to a guest_memfd, to both or
/// neither. A size of 0 deletes the slot.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="Slot">Its number.</param>
/// <param name="Gpa">Guest physical address.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Map">A mapping: userspace_addr is its address + <paramref name="Offset"/>. Null: 0.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Flags">KVM_MEM_*: LOG_DIRTY_PAGES is 1, READONLY 2, GUEST_MEMFD 4.</param>
/// <param name="Binding">The guest_memfd fields; null: KVM_SET_USER_MEMORY_REGION, which has none.</param>
public sealed record MemslotStep(
    string Vm,
    int Slot,
    ulong Gpa,
    ulong Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Map,
    ulong Offset = 0,
    uint Flags = 0,
    Binding? Binding = null
) : Step<MemslotResult>(OnError.Fail);

/// <summary>The fields that KVM_SET_USER_MEMORY_REGION2 adds to a memslot.</summary>
/// <param name="GuestMemory">
/// The descriptor in guest_memfd: a guest_memfd, or anything else that is open, including a VM or a vCPU; null is -1.
/// </param>
/// <param name="Offset">guest_memfd_offset, in bytes.</param>
public sealed record Binding(string? GuestMemory = null, ulong Offset = 0);

public sealed record MemslotResult : StepResult;

/// <summary>
/// KVM_SET_USER_MEMORY_REGION for each of several slots without flags, over the same memory, up to the first that
/// fails.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="First">The number of the first; the others follow.</param>
/// <param name="Count">How many.</param>
/// <param name="Gpa">Guest physical address of the first.</param>
/// <param name="Stride">From one to the next, in bytes.</param>
/// <param name="Size">Of each, in bytes.</param>
/// <param name="Map">A mapping: userspace_addr of all is its address + <paramref name="Offset"/>.</param>
/// <param name="Offset">In bytes.</param>
public sealed record MemslotsStep(
    string Vm,
    int First,
    int Count,
    ulong Gpa,
    ulong Stride,
    ulong Size,
    string Map,
    ulong Offset = 0
) : Step<MemslotsResult>(OnError.Fail);

/// <param name="Count">How many were registered.</param>
public sealed record MemslotsResult(int? Count = null) : StepResult;

/// <summary>
/// KVM_CREATE_VCPU, KVM_ARM_PREFERRED_TARGET and KVM_ARM_VCPU_INIT; the vCPU's kvm_run page is mapped.
/// </summary>
/// <param name="As">The vCPU's name in the program.</param>
/// <param name="Vm">The VM.</param>
/// <param name="Id">Its number.</param>
/// <param name="Features">
/// Bits of kvm_vcpu_init.features[0] beside those of the preferred target: HAS_EL2 is 0x80.
/// </param>
public sealed record VcpuStep(
    string As,
    string Vm,
    int Id = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] uint Features = 0
) : Step<VcpuResult>(OnError.Fail);

/// <param name="Call">The ioctl that failed.</param>
public sealed record VcpuResult(string? Call = null) : StepResult, ICallResult;

/// <summary>
/// KVM_CREATE_DEVICE of a GICv3 in a VM that has its vCPU, its addresses, and its initialization by
/// KVM_SET_DEVICE_ATTR: a vCPU with EL2 doesn't run without.
/// </summary>
/// <param name="As">Its name in the program.</param>
/// <param name="Vm">The VM.</param>
/// <param name="Distributor">Guest physical address of 64 KiB.</param>
/// <param name="Redistributor">Guest physical address of 128 KiB.</param>
public sealed record GicStep(string As, string Vm, ulong Distributor, ulong Redistributor)
    : Step<GicResult>(OnError.Fail);

/// <param name="Call">The call that failed.</param>
public sealed record GicResult(string? Call = null) : StepResult, ICallResult;

/// <summary>KVM_SET_ONE_REG for each register.</summary>
public sealed record SetRegistersStep(string Vcpu, IReadOnlyDictionary<GuestRegister, ulong> Registers)
    : Step<SetRegistersResult>(OnError.Fail);

/// <param name="Failed">The first register that was refused.</param>
public sealed record SetRegistersResult(GuestRegister? Failed = null) : StepResult;

/// <summary>KVM_GET_ONE_REG for each register.</summary>
public sealed record GetRegistersStep(string Vcpu, IReadOnlyList<GuestRegister> Registers)
    : Step<GetRegistersResult>(OnError.Continue);

/// <param name="Registers">Their values; null if one can't be read.</param>
/// <param name="Failed">The first that can't be read.</param>
public sealed record GetRegistersResult(
    IReadOnlyDictionary<GuestRegister, ulong>? Registers = null,
    GuestRegister? Failed = null
) : StepResult
{
    /// <summary>The value of a register that the step requested.</summary>
    /// <exception cref="ProtocolException">It was not read.</exception>
    public ulong this[GuestRegister register] =>
        Registers is not null && Registers.TryGetValue(register, out ulong value)
            ? value
            : throw new ProtocolException($"the register '{register.Name()}' was not read");
}

/// <summary>
/// One KVM_RUN. After <paramref name="TimeoutMs"/> the run is interrupted by a signal: errno is EINTR (4), and the vCPU
/// isn't run again: ECANCELED (125). A SIGBUS with BUS_MCEERR_AR, which KVM sends for memory that has failed, ends it,
/// too: errno is EHWPOISON (133). An MMIO read returns zero.
/// </summary>
public sealed record RunStep(string Vcpu, int TimeoutMs) : Step<RunResult>(OnError.Continue);

/// <summary>
/// KVM_RUN in another thread, which goes on while later steps are executed. The run is interrupted and continued until
/// <paramref name="Counter"/> is not zero: the guest is in its loop. The vCPU's next <see cref="RunStep"/> ends it: it
/// waits once more, interrupts the run if it goes on, sets <paramref name="While"/> to zero, by which the guest leaves
/// its loop, and runs the guest up to its next exit. A run that has ended by itself is that step's.
/// </summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Counter">The register in which the guest counts its loop.</param>
/// <param name="While">The register that the guest tests in its loop.</param>
/// <param name="WaitMs">How long the guest is left alone before it is interrupted, in milliseconds.</param>
/// <param name="TimeoutMs">After that long without a count the run is given up, as <see cref="RunStep"/> does.</param>
public sealed record StartRunStep(string Vcpu, GuestRegister Counter, GuestRegister While, int WaitMs, int TimeoutMs)
    : Step<StartRunResult>(OnError.Continue);

/// <param name="Count">The counter when the run was continued; null if it ended before.</param>
public sealed record StartRunResult(ulong? Count = null) : StepResult;

/// <summary>How userspace answers an exit.</summary>
[JsonConverter(typeof(CamelCaseEnum<AnswerBy>))]
public enum AnswerBy
{
    /// <summary>kvm_run.mmio.data.</summary>
    Data,

    /// <summary>KVM_SET_VCPU_EVENTS with ext_dabt_pending.</summary>
    Abort,

    /// <summary>The program counter is set to the next instruction.</summary>
    Skip,
}

/// <summary>
/// Answers the exit of the vCPU's last <see cref="RunStep"/> and runs the vCPU again, if that was KVM_EXIT_MMIO
/// elsewhere than at <paramref name="Report"/>, or KVM_EXIT_ARM_NISV. Else nothing is done.
/// </summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="TimeoutMs">Of the run.</param>
/// <param name="Report">The address of the guest's reports.</param>
/// <param name="By">How.</param>
/// <param name="Data">For <see cref="AnswerBy.Data"/>: eight bytes, of which a load takes the first.</param>
public sealed record AnswerStep(string Vcpu, int TimeoutMs, ulong Report, AnswerBy By, ulong Data = 0)
    : Step<AnswerResult>(OnError.Continue);

/// <param name="Answered">The exit was one to be answered.</param>
/// <param name="Call">The call that failed: the errno is of it.</param>
/// <param name="Exit">kvm_run.exit_reason after the run; null without one, as for what follows.</param>
/// <param name="Address">KVM_EXIT_MMIO.</param>
/// <param name="Length">KVM_EXIT_MMIO, in bytes.</param>
/// <param name="Write">KVM_EXIT_MMIO.</param>
/// <param name="Data">KVM_EXIT_MMIO, <paramref name="Length"/> bytes.</param>
/// <param name="Timeout">True if the run was interrupted, else null.</param>
public sealed record AnswerResult(
    bool Answered = false,
    string? Call = null,
    uint? Exit = null,
    ulong? Address = null,
    uint? Length = null,
    bool? Write = null,
    ulong? Data = null,
    bool? Timeout = null
) : StepResult, ICallResult;

/// <summary>
/// Begins KVM_RUN of a vCPU in a thread of its own, and waits for nothing: the program's next steps are executed
/// meanwhile. The vCPU's next <see cref="RunStep"/> waits for its end.
/// </summary>
public sealed record LaunchStep(string Vcpu) : Step<LaunchResult>(OnError.Continue);

public sealed record LaunchResult : StepResult;

/// <summary>kvm_run as the kernel left it: the exit reason, and the fields that belong to it.</summary>
/// <param name="Exit">kvm_run.exit_reason; null if the vCPU was not run.</param>
/// <param name="Address">KVM_EXIT_MMIO, KVM_EXIT_MEMORY_FAULT, KVM_EXIT_ARM_NISV.</param>
/// <param name="Length">KVM_EXIT_MMIO, in bytes.</param>
/// <param name="Write">KVM_EXIT_MMIO.</param>
/// <param name="Data">KVM_EXIT_MMIO, <paramref name="Length"/> bytes.</param>
/// <param name="Flags">KVM_EXIT_MEMORY_FAULT.</param>
/// <param name="Size">KVM_EXIT_MEMORY_FAULT, in bytes.</param>
/// <param name="Reason">KVM_EXIT_FAIL_ENTRY.</param>
/// <param name="SubError">KVM_EXIT_INTERNAL_ERROR.</param>
/// <param name="Type">KVM_EXIT_SYSTEM_EVENT.</param>
/// <param name="Syndrome">KVM_EXIT_ARM_NISV.</param>
/// <param name="Timeout">True if the run was interrupted, else null.</param>
public sealed record RunResult(
    uint? Exit = null,
    ulong? Address = null,
    uint? Length = null,
    bool? Write = null,
    ulong? Data = null,
    ulong? Flags = null,
    ulong? Size = null,
    ulong? Reason = null,
    uint? SubError = null,
    uint? Type = null,
    ulong? Syndrome = null,
    bool? Timeout = null
) : StepResult;

/// <summary>
/// KVM_GET_DIRTY_LOG of a slot: the call also clears the log. For a slot without one the errno is ENOENT.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="Slot">The slot's number.</param>
/// <param name="Size">The whole slot, as registered, in bytes.</param>
public sealed record DirtyLogStep(string Vm, int Slot, ulong Size) : Step<DirtyLogResult>(OnError.Continue);

/// <param name="Pages">The dirty pages in order, counted from the slot's first; null if the call failed.</param>
public sealed record DirtyLogResult(IReadOnlyList<int>? Pages = null) : StepResult;

/// <summary>KVM_CLEAR_DIRTY_LOG: the bits of pages are cleared in the log, and the pages protected again.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Slot">The slot's number.</param>
/// <param name="First">first_page, counted from the slot's first.</param>
/// <param name="Pages">num_pages.</param>
/// <param name="Only">The only page of these to be cleared; null: all of them.</param>
public sealed record ClearLogStep(string Vm, int Slot, ulong First, uint Pages, ulong? Only = null)
    : Step<ClearLogResult>(OnError.Continue);

public sealed record ClearLogResult : StepResult;

/// <summary>
/// The new entries of a vCPU's dirty ring, which is mapped at the first such step. They are marked to be reset.
/// </summary>
/// <param name="Vcpu">The vCPU, of a VM with dirty rings.</param>
/// <param name="Size">Of the ring, in bytes.</param>
public sealed record RingStep(string Vcpu, ulong Size) : Step<RingResult>(OnError.Continue);

/// <param name="Entries">In order; null if the ring can't be mapped.</param>
public sealed record RingResult(IReadOnlyList<RingEntry>? Entries = null) : StepResult;

/// <summary>struct kvm_dirty_gfn, without its flags.</summary>
/// <param name="Slot">The slot's number, and its address space in the upper 16 bits.</param>
/// <param name="Page">Counted from the slot's first.</param>
public sealed record RingEntry(uint Slot, ulong Page);

/// <summary>KVM_RESET_DIRTY_RINGS.</summary>
public sealed record ResetRingsStep(string Vm) : Step<ResetRingsResult>(OnError.Continue);

/// <param name="Count">How many entries were reset; null if the call failed.</param>
public sealed record ResetRingsResult(int? Count = null) : StepResult;

/// <summary>
/// KVM_ARM_MTE_COPY_TAGS: memory tags, a byte for each granule of 16 bytes, to or from guest memory.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="Gpa">guest_ipa.</param>
/// <param name="Length">In bytes of guest memory.</param>
/// <param name="Flags">KVM_ARM_TAGS_TO_GUEST is 0, KVM_ARM_TAGS_FROM_GUEST 1.</param>
/// <param name="Room">The bytes of the buffer: what follows is not mapped. 0: there is none, and addr is 0.</param>
/// <param name="Tag">What the buffer holds before.</param>
/// <param name="Reserved">reserved[0].</param>
public sealed record CopyTagsStep(
    string Vm,
    ulong Gpa,
    ulong Length,
    ulong Flags,
    ulong Room,
    byte Tag = 0,
    ulong Reserved = 0
) : Step<CopyTagsResult>(OnError.Continue);

/// <param name="Bytes">What the call returned: how much guest memory was copied of; null if it failed.</param>
/// <param name="Tags">The tags that were copied from the guest, in order; null for the other direction.</param>
public sealed record CopyTagsResult(ulong? Bytes = null, IReadOnlyList<TagRun>? Tags = null) : StepResult;

/// <summary>Granules one after the other that have the same tag.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Count">How many granules.</param>
public sealed record TagRun(byte Tag, int Count);

/// <summary>The kprobe events of this thread since the last such step.</summary>
public sealed record TraceStep() : Step<TraceResult>(OnError.Continue);

/// <param name="Available">The host lets the probe set up kprobe events.</param>
/// <param name="Why">Why it doesn't.</param>
/// <param name="Events">In order; null if events are not available.</param>
/// <param name="Lost">Events that were overwritten, or that can't be parsed.</param>
public sealed record TraceResult(
    bool Available,
    string? Why = null,
    IReadOnlyList<TraceEvent>? Events = null,
    long Lost = 0
) : StepResult;

/// <summary>A kprobe event, with those arguments that its function has.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Addr">Guest physical address.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Phys">Physical address.</param>
/// <param name="Prot">The host's enum kvm_pgtable_prot.</param>
/// <param name="Ret">What the function returned.</param>
public sealed record TraceEvent(
    string Name,
    ulong? Addr = null,
    ulong? Size = null,
    ulong? Phys = null,
    ulong? Prot = null,
    long? Ret = null
);

/// <summary>STAGE2_READ on an open exporter: the stage-2 descriptor of <paramref name="Ipa"/>.</summary>
/// <param name="Exporter">The open exporter.</param>
/// <param name="Vm">The VM.</param>
/// <param name="Ipa">The address; of a nested guest for a shadow.</param>
/// <param name="Shadow">Of the VM's shadow stage 2 instead of its own; the errno is ENODATA if there is none.</param>
public sealed record Stage2Step(
    string Exporter,
    string Vm,
    ulong Ipa,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Shadow = false
) : Step<Stage2Result>(OnError.Continue);

/// <summary>All are set unless the call failed.</summary>
/// <param name="Valid">A leaf maps the address.</param>
/// <param name="Descriptor">The raw 64 bits where the walk ended.</param>
/// <param name="Level">-1..3.</param>
/// <param name="PgtFlags">Of struct kvm_pgtable.</param>
/// <param name="StartLevel">The level at which the walk begins.</param>
/// <param name="IaBits">Of the input addresses.</param>
public sealed record Stage2Result(
    bool? Valid = null,
    ulong? Descriptor = null,
    int? Level = null,
    ulong? PgtFlags = null,
    int? StartLevel = null,
    uint? IaBits = null
) : StepResult;
