namespace Harness.Reports.Html;

/// <summary>What the kernel did with one access, as the matrix shows it: by colour, by letter and in words.</summary>
/// <param name="Key">In class names and in the palette.</param>
/// <param name="Letter">Where there is no room for words.</param>
/// <param name="Short">Where there is some.</param>
/// <param name="Words">In the legend.</param>
internal sealed record OutcomeKind(string Key, string Letter, string Short, string Words)
{
    public static readonly OutcomeKind WriteBack = new("wb", "W", "Normal-WB", "mapped Normal write-back");
    public static readonly OutcomeKind NonCacheable = new("nc", "N", "Normal-NC", "mapped Normal non-cacheable");
    public static readonly OutcomeKind Device = new("dev", "D", "Device", "mapped Device-nGnRE");
    public static readonly OutcomeKind Mapped = new("map", "m", "mapped", "mapped; the type was not seen");
    public static readonly OutcomeKind Mmio = new("mmio", "I", "MMIO exit", "KVM_EXIT_MMIO: userspace is to emulate it");
    public static readonly OutcomeKind Fails = new("fail", "F", "KVM_RUN fails", "fault to userspace: KVM_RUN fails");
    public static readonly OutcomeKind Abort = new("abort", "A", "guest abort", "the guest takes an abort");
    public static readonly OutcomeKind Stalls = new("stall", "S", "stalls", "the guest faults for ever");
    public static readonly OutcomeKind Refused = new("refused", "R", "refused", "refused when the memslot was registered");
    public static readonly OutcomeKind Done = new("done", "d", "done", "an act of a page's life that succeeds");
    public static readonly OutcomeKind Denied = new("deny", "E", "errno", "an act of a page's life that a call, or a hypercall, refuses");
    public static readonly OutcomeKind Signal = new("sig", "G", "signal", "the process gets SIGBUS or SIGSEGV");
    public static readonly OutcomeKind Other = new("other", "?", "other", "something that no policy predicts");
    public static readonly OutcomeKind Nothing = new("none", "!", "no answer", "no answer: crash, hang, probe or infrastructure");
    public static readonly OutcomeKind NotAsked = new("skip", "–", "not asked", "skipped or not executed");

    /// <summary>In the order of the legend.</summary>
    public static IReadOnlyList<OutcomeKind> All { get; } =
        [WriteBack, NonCacheable, Device, Mapped, Refused, Fails, Mmio, Abort, Stalls, Done, Denied, Signal, Other, Nothing, NotAsked];

    /// <summary>Of the words in which an access's outcome is stored, "mapped Normal-WB rwx".</summary>
    public static OutcomeKind Of(string words) =>
        words.StartsWith("mapped Normal-WB", StringComparison.Ordinal) ? WriteBack
        : words.StartsWith("mapped Normal-NC", StringComparison.Ordinal) ? NonCacheable
        : words.StartsWith("mapped Device", StringComparison.Ordinal) ? Device
        : words is "mapped" ? Mapped
        : words.StartsWith("KVM_RUN fails", StringComparison.Ordinal) ? Fails
        : words is "KVM_EXIT_MMIO" ? Mmio
        : words.EndsWith("abort in the guest", StringComparison.Ordinal) ? Abort
        : words is "the guest faults for ever" ? Stalls
        : Other;

    /// <summary>Of the words in which an act of a page's life is stored, "sees zeroes".</summary>
    public static OutcomeKind OfAct(string words) =>
        words.StartsWith("done", StringComparison.Ordinal) || words is "closed, but the VM lives on"
            or "sees zeroes" or "sees the host's word" or "sees the guest's word" ? Done
        : words.StartsWith("SIG", StringComparison.Ordinal) ? Signal
        : words.StartsWith("KVM_EXIT_MEMORY_FAULT", StringComparison.Ordinal) ? Fails
        : words is "an exception in the guest" ? Abort
        : words.StartsWith("the hypercall returns", StringComparison.Ordinal) || (words.Length > 2 && words.All(char.IsAsciiLetterUpper)) ? Denied
        : Of(words);
}
