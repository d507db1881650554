namespace Harness.Runs.Judging;

/// <summary>How a planned case ended. Every one ends in exactly one, and none stays <see cref="Planned"/>.</summary>
public enum VerdictKind
{
    Planned,

    /// <summary>What was seen is what the policy allows.</summary>
    Match,

    /// <summary>What was seen, twice, is not what the policy allows.</summary>
    Mismatch,

    /// <summary>The policy doesn't describe such a case on such a host.</summary>
    OutsideModel,

    /// <summary>The case never got as far as its question, or the evidence contradicts itself.</summary>
    ProbeError,

    /// <summary>The host, the connection or the emulator went away.</summary>
    Infrastructure,

    /// <summary>The probe's worker died over the case.</summary>
    Crash,

    /// <summary>The guest made no progress, or the case ran into its deadline.</summary>
    Hang,

    /// <summary>The host lacks what the case needs.</summary>
    Skip,

    /// <summary>The case said one thing first and another when it was run again, alone.</summary>
    Unstable,

    /// <summary>The kernel did what the policy allows, and the platform departs from the architecture in a known way.</summary>
    Erratum,

    /// <summary>What the guest saw is not what its own type and the descriptor come to: two kinds of evidence contradict each other.</summary>
    Disagreement,

    /// <summary>A reviewed entry of the known differences expects exactly this deviation.</summary>
    Known,

    /// <summary>
    /// What was seen, twice, is not what the nearest policy allows, of a kernel whose release nobody has read yet; no safety property
    /// is broken by it.
    /// </summary>
    Unverified,
}

/// <summary>Who has to look at it.</summary>
public enum Culprit
{
    None,
    Kernel,
    Model,
    Probe,
    Platform,
    Infrastructure,
}

/// <summary>The judgement over one case on one host.</summary>
/// <param name="Kind">The verdict.</param>
/// <param name="Culprit">Who has to look at it. A mismatch is between kernel and model; which of them errs, a person decides.</param>
/// <param name="Reason">For every kind but match: what happened and what to do, in one line.</param>
/// <param name="Rule">The rule that decided, or for a mismatch the one that was contradicted, with its source.</param>
/// <param name="Predicted">The prediction in words.</param>
/// <param name="Observed">What was seen, in words; empty where nothing was.</param>
/// <param name="Details">Decoded descriptors, one a line.</param>
/// <param name="Evidence">The levels of evidence that were used, strongest first.</param>
public sealed record Verdict(
    VerdictKind Kind,
    Culprit Culprit,
    string Reason,
    string Rule,
    string Predicted,
    string Observed,
    IReadOnlyList<string> Details,
    IReadOnlyList<Evidence> Evidence)
{
    /// <summary>The rules on the way of the prediction, each with what it was asked for: "registration", "change", "2 write".</summary>
    public IReadOnlyList<(string At, string Rule)> Path { get; init; } = [];

    /// <summary>The known difference that it is, or null.</summary>
    public string? Known { get; init; }

    /// <summary>
    /// Of a mismatch on a kernel whose release nobody has read: "6.12.118 decides otherwise than 6.12.117", where that breaks no safety
    /// property. Else null.
    /// </summary>
    public string? Unread { get; init; }

    /// <summary>A mismatch that may well be what the release is meant to do is unverified: the model has to be read on, first.</summary>
    public Verdict UnlessUnread() => Kind == VerdictKind.Mismatch && Unread is not null
        ? this with { Kind = VerdictKind.Unverified, Culprit = Culprit.Model, Reason = $"{Unread}: {Reason}" }
        : this;
}

/// <summary>The levels of evidence, strongest first.</summary>
public enum Evidence
{
    /// <summary>The stage-2 descriptor itself.</summary>
    Pte,

    /// <summary>The arguments of the mapping function, by kprobe.</summary>
    Trace,

    /// <summary>What guest code saw.</summary>
    Guest,

    /// <summary>Why KVM_RUN returned.</summary>
    Exit,

    /// <summary>What an ioctl returned.</summary>
    Errno,
}
