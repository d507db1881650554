using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Releases;
using Harness.Protocol;

namespace Harness.Findings;

/// <summary>Something bad that KVM does on some releases, with the cases that show it: a file in findings/.</summary>
/// <param name="Name">The file's name, without its extension.</param>
/// <param name="Title">In one line.</param>
/// <param name="Affected">The upstream releases that do it, ascending; at least one range.</param>
/// <param name="Property">The name of the property that it breaks: <see cref="FindingProperties"/>.</param>
/// <param name="Evidence">The kinds of evidence that show it.</param>
/// <param name="Upstream">The commit that fixes it, or "not reported".</param>
/// <param name="Hosts">The hosts that can show it.</param>
/// <param name="Targets">Where it is verified unless a target is named.</param>
/// <param name="Cases">What shows it; at least one, unless there is a program.</param>
/// <param name="Text">What it is, where, and what it means: Markdown.</param>
public sealed record Finding(
    string Name,
    string Title,
    IReadOnlyList<AffectedRange> Affected,
    string Property,
    IReadOnlyList<string> Evidence,
    string Upstream,
    CaseFilter Hosts,
    IReadOnlyList<string> Targets,
    IReadOnlyList<FindingCase> Cases,
    string Text
)
{
    /// <summary>The value of <see cref="Upstream"/> where no maintainer was informed.</summary>
    public const string NotReported = "not reported";

    /// <summary>What KVM_CHECK_EXTENSION returns on a VM, by capability, where it is shown.</summary>
    public IReadOnlyDictionary<int, int> Capabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// The entry of known-differences.json for it: its cases deviate from the policies. Null: the policies predict
    /// them.
    /// </summary>
    public string? KnownDifference { get; init; }

    /// <summary>
    /// A C program beside the file that shows it where no case can, or shows more than its cases; or null.
    /// </summary>
    public FindingProgram? Program { get; init; }

    /// <summary>Whether a release does it.</summary>
    public ReleaseStandpoint Of(KernelVersion release) =>
        Affected.Any(r => r.Contains(release)) ? ReleaseStandpoint.Affected
        : Affected.Any(r => r.Fixed is { } end && end <= release) ? ReleaseStandpoint.Fixed
        : ReleaseStandpoint.Before;
}

/// <summary>A C program that needs libc and the kernel's headers.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Text">Its content.</param>
public sealed record FindingProgram(string Name, string Text);

/// <summary>How a release stands to a finding.</summary>
public enum ReleaseStandpoint
{
    /// <summary>It is older than every affected one.</summary>
    Before,
    Affected,
    Fixed,
}

/// <summary>Releases from the first that does it up to, but excluding, the one that no longer does.</summary>
/// <param name="First">The oldest that is known to do it.</param>
/// <param name="Fixed">Null: none yet.</param>
public sealed record AffectedRange(KernelVersion First, KernelVersion? Fixed)
{
    public bool Contains(KernelVersion release) => release >= First && (Fixed is not { } end || release < end);

    /// <summary>"6.1 to 6.1.190", "6.19 to 7.1", "6.17 and later".</summary>
    public override string ToString() => new ReleaseRange(Flavours.Mainline, First, Fixed, null).Text;
}

/// <summary>A case, and what is observed of it where it shows the finding.</summary>
/// <param name="Case">The case.</param>
/// <param name="Seen">Each fits some part of the observed outcome.</param>
public sealed record FindingCase(Case Case, IReadOnlyList<OutcomePattern> Seen)
{
    /// <summary>The safety property that the observation violates; null: none has to.</summary>
    public string? Breaks { get; init; }

    /// <summary>The title of what the kernel reports in its log; null: nothing has to.</summary>
    public string? Report { get; init; }

    /// <summary>What registers of the guest hold after an access; empty: nothing has to.</summary>
    public IReadOnlyDictionary<GuestRegister, ulong> Registers { get; init; } = new Dictionary<GuestRegister, ulong>();
}
