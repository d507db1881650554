using Harness.Model.Outcomes;
using Harness.Store;

namespace Harness.Runs.Judging;

/// <summary>What has to be examined.</summary>
public enum Culprit
{
    None,
    Kernel,
    Model,
    Probe,
    Platform,
    Infrastructure,
}

/// <summary>The judgement of one case on one host.</summary>
/// <param name="Kind">The verdict.</param>
/// <param name="Culprit">
/// What has to be examined. A mismatch is between kernel and model; a person decides which of them is wrong.
/// </param>
/// <param name="Reason">For every kind but match: what happened and what to do, in one line.</param>
/// <param name="Rule">The rule that decided, or for a mismatch the one that was contradicted, with its source.</param>
/// <param name="Predicted">What the policy allows.</param>
/// <param name="Observed">What was observed; null if nothing was.</param>
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
    /// The rules on the path of the prediction, each with its stage: "registration", "change", "2 write".
    /// </summary>
    public IReadOnlyList<(string At, string Rule)> Path { get; init; } = [];

    /// <summary>
    /// All that was observed is as predicted, and the verdict is a skip since more would have to be: a second execution
    /// would add nothing.
    /// </summary>
    public bool AsPredicted { get; init; }

    /// <summary>Other results that may be useful to a reader, one per line.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The decoded evidence, one item per line.</summary>
    public IEnumerable<string> Details => [.. Descriptors.Select(d => d.ToString()), .. Remarks];

    /// <summary>
    /// The safety properties that the observation violates, whatever the verdict is: a kernel that does what its
    /// sources say may still do harm.
    /// </summary>
    public IReadOnlyList<BreachRecord> Breaches { get; init; } = [];

    /// <summary>The known difference that explains it, or null.</summary>
    public string? Known { get; init; }

    /// <summary>
    /// For a mismatch on a kernel release that has not been read, if it violates no safety property: "6.12.118 decides
    /// otherwise than 6.12.117". Else null.
    /// </summary>
    public string? Unread { get; init; }

    /// <summary>
    /// A mismatch that may be intended by the release is unverified until the model covers the release.
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

    /// <summary>What guest code observed.</summary>
    Guest,

    /// <summary>Why KVM_RUN returned.</summary>
    Exit,

    /// <summary>What an ioctl returned.</summary>
    Errno,
}
