namespace Harness.Model.Releases;

/// <summary>Releases that decide alike, as far as is known: from one release up to, but excluding, another.</summary>
/// <param name="Flavour">The vendor: <see cref="Flavours"/>.</param>
/// <param name="First">The first release.</param>
/// <param name="End">The first release after them; null if there is none yet.</param>
/// <param name="Policy">Their policy; null if none of them was read.</param>
public sealed record ReleaseRange(string Flavour, KernelVersion First, KernelVersion? End, Policy? Policy)
{
    /// <summary>Releases with sources that were read. Ascending.</summary>
    public IReadOnlyList<KernelVersion> Read { get; init; } = [];

    /// <summary>Releases that were booted, and behaved as the policy predicts. Ascending.</summary>
    public IReadOnlyList<KernelVersion> Booted { get; init; } = [];

    /// <summary>
    /// The newest release of each series that is covered by reading the titles of all its changes, though not its
    /// source.
    /// </summary>
    public IReadOnlyList<KernelVersion> Changelogs { get; init; } = [];

    /// <summary>
    /// For a vendor's kernels the number of the first build: 1009 of "6.14.0-1009-nvidia". Later ranges of the same
    /// releases take precedence.
    /// </summary>
    public int FirstBuild { get; init; }

    /// <summary>What else is known, or unknown, in one sentence.</summary>
    public string? Note { get; init; }

    public bool Contains(KernelVersion version) => version >= First && (End is not { } end || version < end);

    /// <summary>How far a release of the range is known.</summary>
    public ReleaseStanding Standing(KernelVersion version) =>
        Policy is null ? ReleaseStanding.Unknown
        : Booted.Contains(version) ? ReleaseStanding.Booted
        : Read.Contains(version) ? ReleaseStanding.Read
        : !version.IsCandidate && Newest(version) is { } newest && version <= newest ? ReleaseStanding.Covered
        : ReleaseStanding.Unverified;

    /// <summary>The nearest known release of the range: the newest before it, else the oldest after it.</summary>
    public KernelVersion? Nearest(KernelVersion version)
    {
        KernelVersion[] known = [.. Read.Concat(Booted).Distinct().Order()];
        return known.Length == 0 ? null
            : known.LastOrDefault(v => v <= version) is { Major: > 0 } before ? before
            : known[0];
    }

    /// <summary>It begins inside a series, with a stable release that backported a change.</summary>
    public bool IsStable => First.Patch > 0;

    /// <summary>"6.12.113 to 6.12.x", "6.9 to 6.12.112", "7.3 and later".</summary>
    public string Text => Releases + (FirstBuild > 0 ? $" from build {FirstBuild} on" : "");

    private string Releases
    {
        get
        {
            string first = IsStable ? First.ToString() : First.Series;
            return End is not { } end ? $"{first} and later"
                : end.Patch > 0 ? $"{first} to {end with { Patch = end.Patch - 1 }}"
                : !First.SameSeries(Before(end)) ? $"{first} to {Before(end).Series}"
                : IsStable ? $"{first} to {First.Series}.x"
                : first;
        }
    }

    /// <summary>The newest release of the same series that was read, booted, or covered by its changelog.</summary>
    private KernelVersion? Newest(KernelVersion version)
    {
        KernelVersion[] own = [.. Read.Concat(Booted).Concat(Changelogs).Where(v => v.SameSeries(version))];
        return own.Length == 0 ? null : own.Max();
    }

    private static KernelVersion Before(KernelVersion end) =>
        end.Minor > 0 ? new(end.Major, end.Minor - 1) : new(end.Major - 1, 19);
}

/// <summary>How far a release is known.</summary>
public enum ReleaseStanding
{
    /// <summary>It was booted, and behaved as its policy predicts.</summary>
    Booted,

    /// <summary>Its sources were read.</summary>
    Read,

    /// <summary>
    /// It lies between releases of its series that were read, or the titles of its changes were read.
    /// </summary>
    Covered,

    /// <summary>It has not been read yet, and is judged by the nearest policy.</summary>
    Unverified,

    /// <summary>No such kernel has been read: there is no policy for it.</summary>
    Unknown,
}
