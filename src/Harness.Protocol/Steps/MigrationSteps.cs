using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>A register by the id of KVM_GET_REG_LIST.</summary>
/// <param name="Id">In JSON sixteen hex digits: "603000000013c080".</param>
/// <param name="Value">In memory order, KVM_REG_SIZE bytes; in JSON two hex digits each.</param>
public sealed record SavedRegister(
    [property: JsonConverter(typeof(RegisterIdConverter))] ulong Id,
    [property: JsonConverter(typeof(HexConverter))] byte[] Value
);

/// <summary>A register that can't be read or written.</summary>
/// <param name="Id">See <see cref="SavedRegister"/>.</param>
/// <param name="Errno">Why.</param>
public sealed record RegisterError([property: JsonConverter(typeof(RegisterIdConverter))] ulong Id, int Errno);

/// <summary>The bits of a register that userspace may change.</summary>
/// <param name="Id">See <see cref="SavedRegister"/>.</param>
/// <param name="Mask">The bits.</param>
public sealed record RegisterMask([property: JsonConverter(typeof(RegisterIdConverter))] ulong Id, ulong Mask);

/// <summary>A page of memory.</summary>
/// <param name="Offset">In its mapping, in bytes.</param>
/// <param name="Content">Its content; in JSON base64.</param>
public sealed record SavedPage(ulong Offset, byte[] Content);

/// <summary>Memory that the process can't access: the step's errno is EFAULT.</summary>
/// <param name="Offset">In the mapping, in bytes.</param>
/// <param name="Signal">As in <see cref="TouchResult"/>.</param>
/// <param name="Code">As in <see cref="TouchResult"/>.</param>
public sealed record PageFault(ulong Offset, int Signal, int Code);

/// <summary>KVM_GET_REG_LIST, and KVM_GET_ONE_REG of each.</summary>
public sealed record SaveRegistersStep(string Vcpu) : Step<SaveRegistersResult>(OnError.Fail);

/// <param name="Registers">In the list's order.</param>
/// <param name="Unreadable">Registers that could not be read.</param>
public sealed record SaveRegistersResult(
    IReadOnlyList<SavedRegister>? Registers = null,
    IReadOnlyList<RegisterError>? Unreadable = null
) : StepResult;

/// <summary>
/// KVM_SET_ONE_REG of each register in the given order; the step's own errno is 0. With <paramref name="All"/> the
/// first refused register ends the step with its errno, and the result has only that one.
/// </summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Registers">As in <see cref="SaveRegistersResult"/>.</param>
/// <param name="All">Every register must be accepted.</param>
public sealed record RestoreRegistersStep(string Vcpu, IReadOnlyList<SavedRegister> Registers, bool All)
    : Step<RestoreRegistersResult>(OnError.End);

/// <param name="Refused">The refused registers.</param>
public sealed record RestoreRegistersResult(IReadOnlyList<RegisterError>? Refused = null) : StepResult;

/// <summary>
/// KVM_ARM_GET_REG_WRITABLE_MASKS (6.7) of the ID registers. Older kernels return EINVAL, as for every VM ioctl unknown
/// to arm64.
/// </summary>
public sealed record RegisterMasksStep(string Vm) : Step<RegisterMasksResult>(OnError.Continue);

/// <param name="Masks">Without masks of zero.</param>
public sealed record RegisterMasksResult(IReadOnlyList<RegisterMask>? Masks = null) : StepResult;

/// <summary>The probe reads memory through the process's own mapping.</summary>
/// <param name="Map">The mapping.</param>
/// <param name="Offset">
/// The offset in the mapping, in bytes; a multiple of the host's page size, as <paramref name="Size"/>.
/// </param>
/// <param name="Size">In bytes.</param>
public sealed record SavePagesStep(string Map, ulong Offset, ulong Size) : Step<SavePagesResult>(OnError.Fail);

/// <param name="Pages">Pages with any byte other than zero.</param>
/// <param name="PageSize">In bytes.</param>
/// <param name="Fault">The page that can't be read.</param>
public sealed record SavePagesResult(
    IReadOnlyList<SavedPage>? Pages = null,
    int? PageSize = null,
    PageFault? Fault = null
) : StepResult, IPagesResult;

/// <summary>
/// KVM_GET_DIRTY_LOG of a slot over <paramref name="Size"/> bytes at mapping + offset, and the content of the dirty
/// pages. The call clears the log, even if a page can't be read afterwards. For a slot without a log the errno is
/// ENOENT.
/// </summary>
/// <param name="Vm">The VM.</param>
/// <param name="Slot">The slot's number.</param>
/// <param name="Map">The mapping behind it.</param>
/// <param name="Offset">The offset in the mapping, in bytes.</param>
/// <param name="Size">The whole slot, as registered, in bytes.</param>
public sealed record DirtyPagesStep(string Vm, int Slot, string Map, ulong Offset, ulong Size)
    : Step<DirtyPagesResult>(OnError.Fail);

/// <param name="Pages">Including zeroed ones.</param>
/// <param name="PageSize">In bytes.</param>
/// <param name="Fault">The page that can't be read.</param>
public sealed record DirtyPagesResult(
    IReadOnlyList<SavedPage>? Pages = null,
    int? PageSize = null,
    PageFault? Fault = null
) : StepResult, IPagesResult;

/// <summary>
/// The probe stores pages through the process's own mapping, in aligned 64-bit stores: the mapping may be a device's.
/// Pages before a failing one remain stored.
/// </summary>
/// <param name="Map">The mapping.</param>
/// <param name="Pages">
/// As in <see cref="SavePagesResult"/>, from a host with any page size; each must be inside the mapping.
/// </param>
public sealed record RestorePagesStep(string Map, IReadOnlyList<SavedPage> Pages)
    : Step<RestorePagesResult>(OnError.Fail);

/// <param name="Fault">The page that can't be stored.</param>
public sealed record RestorePagesResult(PageFault? Fault = null) : StepResult;

/// <summary>KVM_ARM_MTE_COPY_TAGS from guest memory, up to all of it.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Gpa">Guest physical address.</param>
/// <param name="Length">In bytes of guest memory.</param>
public sealed record SaveTagsStep(string Vm, ulong Gpa, ulong Length) : Step<SaveTagsResult>(OnError.Fail);

/// <param name="Tags">A byte for each granule of 16 bytes; in JSON base64. Null if the call failed.</param>
public sealed record SaveTagsResult(byte[]? Tags = null) : StepResult;

/// <summary>KVM_ARM_MTE_COPY_TAGS to guest memory, up to all of it.</summary>
/// <param name="Vm">The VM.</param>
/// <param name="Gpa">Guest physical address.</param>
/// <param name="Tags">As in <see cref="SaveTagsResult"/>.</param>
public sealed record RestoreTagsStep(string Vm, ulong Gpa, byte[] Tags) : Step<RestoreTagsResult>(OnError.End);

public sealed record RestoreTagsResult : StepResult;

/// <summary>
/// KVM_RUN with immediate_exit set: it completes the last exit in the vCPU (Documentation/virt/kvm/api.rst,
/// KVM_EXIT_MMIO), and the guest executes nothing. EINTR is this step's success. For a vCPU that has not run it counts
/// as the first run: after it, the VM's ID registers can't be changed.
/// </summary>
public sealed record SettleStep(string Vcpu) : Step<SettleResult>(OnError.Fail);

/// <param name="Exit">Why the kernel returned 0 instead.</param>
public sealed record SettleResult(uint? Exit = null) : StepResult;
