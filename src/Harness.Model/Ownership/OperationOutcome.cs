namespace Harness.Model.Ownership;

public enum OperationResult : byte
{
    /// <summary>
    /// The call returned 0, or the access completed; a load returned <see cref="OperationOutcome.Seen"/>.
    /// </summary>
    Done,

    /// <summary>The system call returned an errno.</summary>
    Refused,

    /// <summary>The process got a signal instead.</summary>
    Signalled,

    /// <summary>KVM_RUN returned an errno; the guest cannot continue.</summary>
    RunFails,

    /// <summary>As <see cref="RunFails"/>, and the exit is KVM_EXIT_MEMORY_FAULT, which has the address.</summary>
    MemoryFault,

    /// <summary>KVM_EXIT_MMIO: no memslot has the address.</summary>
    MmioExit,

    /// <summary>The guest takes the same fault forever.</summary>
    Loops,

    /// <summary>The guest's hypercall returned an SMCCC error.</summary>
    HypercallFails,

    /// <summary>The guest took an exception.</summary>
    GuestAborts,

    /// <summary>The descriptors are closed, but another descriptor keeps the VM alive.</summary>
    Pinned,

    /// <summary>The host's kernel or the hypervisor crashes.</summary>
    HostDies,

    /// <summary>Something that no system predicts; the text describes it.</summary>
    Unforeseen,
}

/// <summary>The signals with which the kernel denies a process access to a page.</summary>
public enum Signal : byte
{
    None,

    /// <summary>SIGBUS, BUS_ADRERR.</summary>
    BusAddress,

    /// <summary>SIGSEGV, SEGV_ACCERR.</summary>
    SegvAccess,

    /// <summary>SIGSEGV, SEGV_MAPERR.</summary>
    SegvMap,
}

/// <summary>How one operation ended, or may end.</summary>
/// <param name="End">How.</param>
/// <param name="Errno">What the call, or KVM_RUN, returned.</param>
/// <param name="Signal">The signal that the process got.</param>
/// <param name="Seen">What a load returned; null for an operation that reads nothing.</param>
/// <param name="Code">What the hypercall returned.</param>
/// <param name="Text">A description, for <see cref="OperationResult.Unforeseen"/>.</param>
/// <param name="Private">
/// For <see cref="OperationResult.MemoryFault"/>: KVM_MEMORY_EXIT_FLAG_PRIVATE, if the exit reports whether the access
/// was private or shared; null if it can't.
/// </param>
public readonly record struct OperationOutcome(
    OperationResult End,
    Errno Errno = Errno.None,
    Signal Signal = Signal.None,
    Contents? Seen = null,
    int Code = 0,
    string? Text = null,
    bool? Private = null
)
{
    public static OperationOutcome Done { get; } = new(OperationResult.Done);

    public static OperationOutcome MmioExit { get; } = new(OperationResult.MmioExit);

    public static OperationOutcome Loops { get; } = new(OperationResult.Loops);

    public static OperationOutcome GuestAborts { get; } = new(OperationResult.GuestAborts);

    public static OperationOutcome Pinned { get; } = new(OperationResult.Pinned);

    public static OperationOutcome HostDies { get; } = new(OperationResult.HostDies);

    public static OperationOutcome Sees(Contents contents) => new(OperationResult.Done, Seen: contents);

    public static OperationOutcome Refused(Errno errno) => new(OperationResult.Refused, errno);

    public static OperationOutcome Signalled(Signal signal) => new(OperationResult.Signalled, Signal: signal);

    public static OperationOutcome RunFails(Errno errno) => new(OperationResult.RunFails, errno);

    public static OperationOutcome MemoryFault(Errno errno) => new(OperationResult.MemoryFault, errno);

    /// <summary>
    /// The exit reports that the access was private, or shared: userspace can convert the page, and the guest
    /// continues.
    /// </summary>
    public static OperationOutcome AsksFor(bool @private) =>
        new(OperationResult.MemoryFault, Errno.EFAULT, Private: @private);

    public static OperationOutcome HypercallFails(int code) => new(OperationResult.HypercallFails, Code: code);

    public static OperationOutcome Unforeseen(string text) => new(OperationResult.Unforeseen, Text: text);

    /// <summary>The guest cannot continue.</summary>
    public bool EndsGuest =>
        End is OperationResult.RunFails or OperationResult.Loops
        || (End == OperationResult.MemoryFault && Private is null);

    public override string ToString() =>
        End switch
        {
            OperationResult.Done => Seen is { } seen ? $"sees {OperationText.Word(seen)}" : "done",
            OperationResult.Refused => Errno.ToString(),
            OperationResult.Signalled => Signal switch
            {
                Signal.BusAddress => "SIGBUS, BUS_ADRERR",
                Signal.SegvAccess => "SIGSEGV, SEGV_ACCERR",
                _ => "SIGSEGV, SEGV_MAPERR",
            },
            OperationResult.RunFails => $"KVM_RUN fails with {Errno}",
            OperationResult.MemoryFault =>
                $"KVM_EXIT_MEMORY_FAULT, {Errno}{Private switch { true => ", private", false => ", shared", null => "" }}",
            OperationResult.MmioExit => "KVM_EXIT_MMIO",
            OperationResult.Loops => "the guest faults for ever",
            OperationResult.HypercallFails => $"the hypercall returns {Code}",
            OperationResult.GuestAborts => "an exception in the guest",
            OperationResult.Pinned => "closed, but the VM lives on",
            OperationResult.HostDies => "the host dies",
            _ => Text ?? "unforeseen",
        };
}
