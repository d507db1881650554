using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Reports.Html;

/// <summary>What the kernel did with one access, as the matrix shows it: by colour, by letter and in words.</summary>
/// <param name="Key">In class names and in the palette.</param>
/// <param name="Letter">If there is no space for words.</param>
/// <param name="Short">If there is some.</param>
/// <param name="Words">In the legend.</param>
internal sealed record OutcomeKind(string Key, string Letter, string Short, string Words)
{
    public static readonly OutcomeKind WriteBack = new("wb", "W", "Normal-WB", "mapped Normal write-back");
    public static readonly OutcomeKind NonCacheable = new("nc", "N", "Normal-NC", "mapped Normal non-cacheable");
    public static readonly OutcomeKind Device = new("dev", "D", "Device", "mapped Device-nGnRE");
    public static readonly OutcomeKind Mapped = new("map", "m", "mapped", "mapped; the type was not seen");
    public static readonly OutcomeKind Mmio = new(
        "mmio",
        "I",
        "MMIO exit",
        "KVM_EXIT_MMIO: userspace is to emulate it"
    );
    public static readonly OutcomeKind Fails = new("fail", "F", "KVM_RUN fails", "fault to userspace: KVM_RUN fails");
    public static readonly OutcomeKind Abort = new("abort", "A", "guest abort", "the guest takes an abort");
    public static readonly OutcomeKind Stalls = new("stall", "S", "stalls", "the guest faults for ever");
    public static readonly OutcomeKind Refused = new(
        "refused",
        "R",
        "refused",
        "refused when the memslot was registered"
    );
    public static readonly OutcomeKind Done = new("done", "d", "done", "an operation on the page that succeeds");
    public static readonly OutcomeKind Denied = new(
        "deny",
        "E",
        "errno",
        "an operation on the page that a call, or a hypercall, refuses"
    );
    public static readonly OutcomeKind Signal = new("sig", "G", "signal", "the process gets SIGBUS or SIGSEGV");
    public static readonly OutcomeKind Other = new("other", "?", "other", "something that no policy predicts");
    public static readonly OutcomeKind Nothing = new(
        "none",
        "!",
        "no answer",
        "no answer: crash, hang, probe or infrastructure"
    );
    public static readonly OutcomeKind NotAsked = new("skip", "–", "not run", "skipped or not executed");

    public static readonly OutcomeKind Older = new(
        "older",
        "t",
        "text",
        "stored as a sentence by an older version of the harness"
    );

    /// <summary>In the order of the legend.</summary>
    public static IReadOnlyList<OutcomeKind> All { get; } =
    [
        WriteBack,
        NonCacheable,
        Device,
        Mapped,
        Refused,
        Fails,
        Mmio,
        Abort,
        Stalls,
        Done,
        Denied,
        Signal,
        Other,
        Older,
        Nothing,
        NotAsked,
    ];

    public static OutcomeKind Of(AccessPart access) => access.LeafKnown ? Of(access.Outcome) : Mapped;

    /// <summary>Of an access of a program: by the leaf of its page after it.</summary>
    public static OutcomeKind Of(ProgramPart step) =>
        step.Access is not { } access ? Done
        : access.Kind != Model.OutcomeKind.Mapped ? Of(access)
        : step.Page is { } page && step.Left.ElementAtOrDefault((int)page) is { Kind: Model.OutcomeKind.Mapped } leaf
            ? Of(leaf)
        : Mapped;

    public static OutcomeKind Of(OperationPart operation) => operation.Outcome is { } outcome ? Of(outcome) : Done;

    /// <summary>By the name of a leaf's memory type, "Normal-WB".</summary>
    public static OutcomeKind OfType(string type) =>
        type switch
        {
            "Normal-WB" => WriteBack,
            "Normal-NC" => NonCacheable,
            "Device-nGnRE" => Device,
            _ => Mapped,
        };

    private static OutcomeKind Of(Outcome outcome) =>
        outcome.Kind switch
        {
            Model.OutcomeKind.Mapped => OfType(outcome.Leaf.TypeWord),
            Model.OutcomeKind.RunFails => Fails,
            Model.OutcomeKind.MmioExit => Mmio,
            Model.OutcomeKind.GuestInstructionAbort or Model.OutcomeKind.GuestDataAbort => Abort,
            Model.OutcomeKind.Stalls => Stalls,
            _ => Other,
        };

    private static OutcomeKind Of(OperationOutcome outcome) =>
        outcome.End switch
        {
            OperationResult.Done => outcome.Seen is Contents.Shared or Contents.Unknown ? Other : Done,
            OperationResult.Pinned => Done,
            OperationResult.Refused or OperationResult.HypercallFails => Denied,
            OperationResult.Signalled => Signal,
            OperationResult.RunFails or OperationResult.MemoryFault => Fails,
            OperationResult.MmioExit => Mmio,
            OperationResult.Loops => Stalls,
            OperationResult.GuestAborts => Abort,
            _ => Other,
        };
}
