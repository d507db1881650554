namespace Harness.Store;

/// <summary>The words of the column <c>result.verdict</c>. Every case is planned first and gets one of the others once.</summary>
public static class Verdicts
{
    public const string Match = "match";
    public const string Mismatch = "mismatch";
    public const string OutsideModel = "outside-model";
    public const string ProbeError = "probe-error";
    public const string Infrastructure = "infrastructure";
    public const string Crash = "crash";
    public const string Hang = "hang";
    public const string Skip = "skip";
    public const string Unstable = "unstable";

    /// <summary>The kernel is right; the platform departs from the architecture in a known way, which the reason names.</summary>
    public const string Erratum = "erratum";

    /// <summary>What the guest saw contradicts the descriptor, by the architecture.</summary>
    public const string Disagreement = "disagreement";

    /// <summary>A mismatch, crash or hang that a reviewed entry of known-differences.json expects.</summary>
    public const string Known = "known";

    /// <summary>Not what the nearest policy allows, of a kernel whose release nobody has read; no safety property is broken.</summary>
    public const string Unverified = "unverified";

    public const string Planned = "planned";

    /// <summary>All of them, in the order in which reports show them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Match, Erratum, Known, Unverified, Mismatch, Disagreement, Unstable, OutsideModel, Crash, Hang, ProbeError, Infrastructure, Skip, Planned];
}
