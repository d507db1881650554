using Harness.Model.Releases;
using static Harness.Model.Releases.Flavours;

namespace Harness.Model.Policies;

/// <summary>
/// Which releases decide alike, by which policy, and how far each is known: read in source, booted, covered by changelogs, or
/// not read by anybody. Ascending within each flavour, without gaps from the first release named on.
/// </summary>
public static class ReleaseCatalog
{
    /// <summary>Linux itself and its stable releases.</summary>
    public static IReadOnlyList<ReleaseRange> Upstream { get; } =
    [
        Range("5.10", "6.1-rc1", null) with { Note = "5.10 to 6.0 were not read" },
        Range("6.1-rc1", "6.1.191", Mainline.V6_1) with { Read = [V("6.1.176"), V("6.1.190")], Booted = [V("6.1.176")] },
        Range("6.1.191", "6.2-rc1", Mainline.V6_1_191) with { Read = [V("6.1.192")] },
        Range("6.2-rc1", "6.9-rc1", null) with { Note = "6.2 to 6.8 were not read" },
        Range("6.9-rc1", "6.12.113", Mainline.V6_9) with
        {
            Read = [V("6.12.95"), V("6.12.107"), V("6.12.111")], Booted = [V("6.12.107")], Changelogs = [V("6.12.112")],
            Note = "6.9 to 6.11 were not read",
        },
        Range("6.12.113", "6.13-rc1", Mainline.V6_12_113) with
        {
            Read = [V("6.12.113"), V("6.12.117"), V("6.12.118")], Booted = [V("6.12.117")],
        },
        Range("6.13-rc1", "6.16-rc1", null) with
        {
            Note = "6.13 to 6.15 were not read; \"Stop grabbing references to PFNMAP'd pages\" came with 6.13",
        },
        Range("6.16-rc1", "6.17-rc1", Mainline.V6_16) with { Read = [V("6.16.12")], Booted = [V("6.16.12")] },
        Range("6.17-rc1", "6.18-rc1", Mainline.V6_17) with { Read = [V("6.17.13")], Booted = [V("6.17.13")] },
        Range("6.18-rc1", "6.18.56", Mainline.V6_18) with
        {
            Read = [V("6.18.13"), V("6.18.15"), V("6.18.35")], Booted = [V("6.18.15")],
            Note = "6.18.36 to 6.18.55 were not read",
        },
        Range("6.18.56", "6.19-rc1", Mainline.V6_18_56) with { Note = "not read; the list of its changes has the one that sets it apart" },
        Range("6.19-rc1", "7.0-rc1", Mainline.V6_19) with { Read = [V("6.19.10"), V("6.19.14")], Booted = [V("6.19.14")] },
        Range("7.0-rc1", "7.1-rc1", Mainline.V7_0) with { Read = [V("7.0"), V("7.0.13")], Booted = [V("7.0.13")] },
        Range("7.1-rc1", "7.2-rc1", Mainline.V7_1) with { Read = [V("7.1.3"), V("7.1.5"), V("7.1.13")], Booted = [V("7.1.13")] },
        Range("7.2-rc1", "7.2.10", Mainline.V7_2) with { Read = [V("7.2.6"), V("7.2.9")] },
        Range("7.2.10", "7.3-rc1", Mainline.V7_2_10) with { Read = [V("7.2.11"), V("7.2.12"), V("7.2.13")], Booted = [V("7.2.12")] },
        Range("7.3-rc1", null, Mainline.V7_3) with
        {
            Read = [V("7.3.4")], Booted = [V("7.3-rc7")],
            Note = "up to 7.3-rc5 VM_PFNMAP memory is mapped by a block wherever one fits",
        },
    ];

    /// <summary>All, upstream first.</summary>
    public static IReadOnlyList<ReleaseRange> All { get; } = [.. Upstream];

    /// <summary>The policy for a kernel. Never null; where there is no policy, it says why.</summary>
    public static PolicyChoice Choose(KernelRelease release)
    {
        var own = All.Where(r => r.Flavour == release.Flavour).ToList();
        if (own.Count == 0)
            return None(release, $"{release.Text} is a kernel of {release.Flavour}'s, and none of those was read");
        if (own.FirstOrDefault(r => r.Contains(release.Version)) is not { } range)
            return None(release, $"no kernel of {release.Version.Series} was read; {(release.Version < own[0].First ? "the oldest" : "the newest")} known is {Ends(own, release.Version)}");
        if (range.Policy is null)
            return None(release, range.Note ?? $"{range.Text} were not read");
        var standing = range.Standing(release.Version);
        if (release.UnknownSuffix.Length > 0)
            standing = ReleaseStanding.Unverified;
        return standing != ReleaseStanding.Unverified
            ? new PolicyChoice(range.Policy, standing, release.Name)
            : new PolicyChoice(range.Policy, standing, release.Name, Nearest(own, range, release.Version)?.ToString(),
                release.UnknownSuffix.Length > 0 ? $"'{release.UnknownSuffix}' names no kernel that is known" : $"{release.Name} was not read");
    }

    /// <summary>As <see cref="Choose"/>, given what <c>uname -r</c> and /proc/version say.</summary>
    public static PolicyChoice Choose(string release, string? build = null) => KernelRelease.TryParse(release, build) is { } known
        ? Choose(known)
        : new PolicyChoice(null, ReleaseStanding.Unknown, release, Reason: $"'{release}' is not a kernel release");

    private static PolicyChoice None(KernelRelease release, string reason) =>
        new(null, ReleaseStanding.Unknown, release.Name, Reason: reason);

    /// <summary>Of a range of which no release was read itself, the nearest one of those around it.</summary>
    private static KernelVersion? Nearest(List<ReleaseRange> own, ReleaseRange range, KernelVersion version) =>
        range.Nearest(version)
        ?? own[..own.IndexOf(range)].LastOrDefault(r => r.Nearest(version) is not null)?.Nearest(version)
        ?? own.FirstOrDefault(r => r.Nearest(version) is not null)?.Nearest(version);

    private static KernelVersion Ends(List<ReleaseRange> own, KernelVersion version) =>
        version < own[0].First ? own.First(r => r.Policy is not null).First : own.Last(r => r.Policy is not null).First;

    private static ReleaseRange Range(string first, string? end, Policy? policy, string flavour = Flavours.Mainline) =>
        new(flavour, V(first), end is null ? null : V(end), policy);

    private static KernelVersion V(string text) => KernelVersion.Parse(text);
}
