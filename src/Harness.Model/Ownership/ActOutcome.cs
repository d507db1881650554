namespace Harness.Model.Ownership;

public enum ActEnd : byte
{
    /// <summary>The call returned 0, or the access went through; a load found what <see cref="ActOutcome.Seen"/> says.</summary>
    Done,

    /// <summary>The system call returned an errno.</summary>
    Refused,

    /// <summary>The process got a signal instead.</summary>
    Signalled,

    /// <summary>KVM_RUN returned an errno; the guest got no further.</summary>
    RunFails,

    /// <summary>As <see cref="RunFails"/>, and the exit is KVM_EXIT_MEMORY_FAULT: userspace is told the address.</summary>
    MemoryFault,

    /// <summary>KVM_EXIT_MMIO: no memslot has the address.</summary>
    MmioExit,

    /// <summary>The guest takes the same fault for ever.</summary>
    Loops,

    /// <summary>The guest's hypercall returned an error of the SMCCC's.</summary>
    HypercallFails,

    /// <summary>The guest took an exception.</summary>
    GuestAborts,

    /// <summary>The descriptors are closed, and the VM lives on: another descriptor holds it.</summary>
    Pinned,

    /// <summary>The host's kernel dies, or the hypervisor does.</summary>
    HostDies,

    /// <summary>Something that no system predicts; the text says what.</summary>
    Unforeseen,
}

/// <summary>The signals by which the kernel tells a process that it can't have a page.</summary>
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

/// <summary>How one act ended, or may end.</summary>
/// <param name="End">How.</param>
/// <param name="Errno">What the call, or KVM_RUN, returned.</param>
/// <param name="Signal">What the process got.</param>
/// <param name="Seen">What a load found; null for an act that finds nothing.</param>
/// <param name="Code">What the hypercall returned.</param>
/// <param name="Text">What it was, for <see cref="ActEnd.Unforeseen"/>.</param>
/// <param name="Private">
/// For <see cref="ActEnd.MemoryFault"/>: KVM_MEMORY_EXIT_FLAG_PRIVATE, where the exit says whether the access was private or
/// shared; null where it can't tell.
/// </param>
public readonly record struct ActOutcome(
    ActEnd End, Errno Errno = Errno.None, Signal Signal = Signal.None, Contents? Seen = null, int Code = 0, string? Text = null,
    bool? Private = null)
{
    public static ActOutcome Done { get; } = new(ActEnd.Done);

    public static ActOutcome MmioExit { get; } = new(ActEnd.MmioExit);

    public static ActOutcome Loops { get; } = new(ActEnd.Loops);

    public static ActOutcome GuestAborts { get; } = new(ActEnd.GuestAborts);

    public static ActOutcome Pinned { get; } = new(ActEnd.Pinned);

    public static ActOutcome HostDies { get; } = new(ActEnd.HostDies);

    public static ActOutcome Sees(Contents contents) => new(ActEnd.Done, Seen: contents);

    public static ActOutcome Refused(Errno errno) => new(ActEnd.Refused, errno);

    public static ActOutcome Signalled(Signal signal) => new(ActEnd.Signalled, Signal: signal);

    public static ActOutcome RunFails(Errno errno) => new(ActEnd.RunFails, errno);

    public static ActOutcome MemoryFault(Errno errno) => new(ActEnd.MemoryFault, errno);

    /// <summary>The exit says that the access was private, or shared: userspace can do something about it, and the guest goes on.</summary>
    public static ActOutcome AsksFor(bool @private) => new(ActEnd.MemoryFault, Errno.EFAULT, Private: @private);

    public static ActOutcome HypercallFails(int code) => new(ActEnd.HypercallFails, Code: code);

    public static ActOutcome Unforeseen(string text) => new(ActEnd.Unforeseen, Text: text);

    /// <summary>The guest gets no further.</summary>
    public bool EndsGuest => End is ActEnd.RunFails or ActEnd.Loops || (End == ActEnd.MemoryFault && Private is null);

    public override string ToString() => End switch
    {
        ActEnd.Done => Seen is { } seen ? $"sees {ActText.Word(seen)}" : "done",
        ActEnd.Refused => Errno.ToString(),
        ActEnd.Signalled => Signal switch
        {
            Signal.BusAddress => "SIGBUS, BUS_ADRERR",
            Signal.SegvAccess => "SIGSEGV, SEGV_ACCERR",
            _ => "SIGSEGV, SEGV_MAPERR",
        },
        ActEnd.RunFails => $"KVM_RUN fails with {Errno}",
        ActEnd.MemoryFault => $"KVM_EXIT_MEMORY_FAULT, {Errno}{Private switch { true => ", private", false => ", shared", null => "" }}",
        ActEnd.MmioExit => "KVM_EXIT_MMIO",
        ActEnd.Loops => "the guest faults for ever",
        ActEnd.HypercallFails => $"the hypercall returns {Code}",
        ActEnd.GuestAborts => "an exception in the guest",
        ActEnd.Pinned => "closed, but the VM lives on",
        ActEnd.HostDies => "the host dies",
        _ => Text ?? "unforeseen",
    };
}
