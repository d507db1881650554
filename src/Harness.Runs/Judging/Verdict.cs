using Harness.Model.Outcomes;
using Harness.Store;

namespace Harness.Runs.Judging;

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
/// <param name="Culprit">Who has to look at it. A mismatch is between kernel and model; which of them errs, a person
/// decides.</param>
/// <param name="Reason">For every kind but match: what happened and what to do, in one line.</param>
/// <param name="Rule">The rule that decided, or for a mismatch the one that was contradicted, with its source.</param>
/// <param name="Predicted">What the policy allows.</param>
/// <param name="Observed">What was seen; null where nothing was.</param>
/// <param name="Descriptors">The stage-2 descriptors that were read, in order.</param>
/// <param name="Evidence">The levels of evidence that were used, strongest first.</param>
public sealed record Verdict(
    VerdictKind Kind,
    Culprit Culprit,
    string Reason,
    string Rule,
    CaseOutcome? Predicted,
    CaseOutcome? Observed,
    IReadOnlyList<ReadDescriptor> Descriptors,
    IReadOnlyList<Evidence> Evidence
)
{
    /// <summary>
    /// The rules on the way of the prediction, each with what it was asked for: "registration", "change", "2 write".
    /// </summary>
    public IReadOnlyList<(string At, string Rule)> Path { get; init; } = [];

    /// <summary>What else was read that a person may want, a line each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The decoded evidence, a line each.</summary>
    public IEnumerable<string> Details => [.. Descriptors.Select(d => d.ToString()), .. Remarks];

    /// <summary>The known difference that it is, or null.</summary>
    public string? Known { get; init; }

    /// <summary>
    /// Of a mismatch on a kernel whose release nobody has read: "6.12.118 decides otherwise than 6.12.117", where that
    /// breaks no safety property. Else null.
    /// </summary>
    public string? Unread { get; init; }

    /// <summary>
    /// A mismatch that may well be what the release is meant to do is unverified: the model has to be read on, first.
    /// </summary>
    public Verdict UnlessUnread() =>
        Kind == VerdictKind.Mismatch && Unread is not null
            ? this with
            {
                Kind = VerdictKind.Unverified,
                Culprit = Culprit.Model,
                Reason = $"{Unread}: {Reason}",
            }
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
