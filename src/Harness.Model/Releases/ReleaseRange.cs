namespace Harness.Model.Releases;

/// <summary>Releases that decide alike, as far as is known: from one release up to, and without, another.</summary>
/// <param name="Flavour">Whose kernels: <see cref="Flavours"/>.</param>
/// <param name="First">The first of them.</param>
/// <param name="End">The first release behind them; null: there is none yet.</param>
/// <param name="Policy">What they decide; null: nobody has read any of them.</param>
public sealed record ReleaseRange(string Flavour, KernelVersion First, KernelVersion? End, Policy? Policy)
{
    /// <summary>Those whose sources were read. Ascending.</summary>
    public IReadOnlyList<KernelVersion> Read { get; init; } = [];

    /// <summary>Those that were booted, and did what the policy says. Ascending.</summary>
    public IReadOnlyList<KernelVersion> Booted { get; init; } = [];

    /// <summary>
    /// The newest release of each series that is covered by having read the names of all its changes, though not its
    /// source.
    /// </summary>
    public IReadOnlyList<KernelVersion> Changelogs { get; init; } = [];

    /// <summary>
    /// Of a vendor's kernels the number of the first build: 1009 of "6.14.0-1009-nvidia". Later ranges of the same
    /// releases win.
    /// </summary>
    public int FirstBuild { get; init; }

    /// <summary>What is known, or isn't, beside that; in one sentence.</summary>
    public string? Note { get; init; }

    public bool Contains(KernelVersion version) => version >= First && (End is not { } end || version < end);

    /// <summary>How far a release of the range is known.</summary>
    public ReleaseStanding Standing(KernelVersion version) =>
        Policy is null ? ReleaseStanding.Unknown
        : Booted.Contains(version) ? ReleaseStanding.Booted
        : Read.Contains(version) ? ReleaseStanding.Read
        : !version.IsCandidate && Newest(version) is { } newest && version <= newest ? ReleaseStanding.Covered
        : ReleaseStanding.Unverified;

    /// <summary>
    /// Of what is known of the range, the release nearest to one: the newest before it, else the oldest behind it.
    /// </summary>
    public KernelVersion? Nearest(KernelVersion version)
    {
        KernelVersion[] known = [.. Read.Concat(Booted).Distinct().Order()];
        return known.Length == 0 ? null
            : known.LastOrDefault(v => v <= version) is { Major: > 0 } before ? before
            : known[0];
    }

    /// <summary>It begins inside a series: a stable release took a change over.</summary>
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

    /// <summary>The newest release of the same series that was read, booted, or has had its changes read.</summary>
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
    /// <summary>It was booted, and did what its policy says.</summary>
    Booted,

    /// <summary>Its sources were read.</summary>
    Read,

    /// <summary>It lies between releases of its series that were read, or the names of its changes were.</summary>
    Covered,

    /// <summary>Nobody has read it yet: it is judged under the nearest policy.</summary>
    Unverified,

    /// <summary>Nobody has read any such kernel: there is no policy for it.</summary>
    Unknown,
}
