using Harness.Model.Releases;
using static Harness.Model.Releases.Flavours;

namespace Harness.Model.Policies;

/// <summary>
/// Which releases decide alike, by which policy, and how far each is known: source read, booted, covered by changelogs,
/// or not read. Ascending within each flavour, without gaps from the first named release on.
/// </summary>
public static class ReleaseCatalog
{
    /// <summary>Linux itself and its stable releases.</summary>
    public static IReadOnlyList<ReleaseRange> Upstream { get; } =
    [
        Range("5.10-rc1", "5.11-rc1", null) with
        {
            Note =
                "5.10 (5.10.218, 5.10.251 and 5.10.262 were read) maps VM_PFNMAP memory when the slot is registered, which no policy can say",
        },
        Range("5.11-rc1", "5.15-rc1", null) with
        {
            Note = "5.11 to 5.14 were not read",
        },
        Range("5.15-rc1", "5.16-rc1", Mainline.V6_1) with
        {
            Read = [V("5.15.100"), V("5.15.215")],
            Note =
                "up to 5.15.100 and until some release before 5.15.215, secret memory that the process has just accessed is mapped",
        },
        Range("5.16-rc1", "6.1-rc1", null) with
        {
            Note = "5.16 to 6.0 were not read; 5.15 and 6.1 decide alike",
        },
        Range("6.1-rc1", "6.1.191", Mainline.V6_1) with
        {
            Read = [V("6.1.170"), V("6.1.172"), V("6.1.176"), V("6.1.180"), V("6.1.187"), V("6.1.190")],
            Booted = [V("6.1.176")],
            Note = "before 6.1.85 secret memory that the process has just touched is mapped",
        },
        Range("6.1.191", "6.2-rc1", Mainline.V6_1_191) with
        {
            Read = [V("6.1.192")],
        },
        Range("6.2-rc1", "6.5-rc1", Mainline.V6_2) with
        {
            Read = [V("6.2.1"), V("6.3.8"), V("6.4.6")],
            Note = JustTouched,
        },
        Range("6.5-rc1", "6.8-rc1", Mainline.V6_5) with
        {
            Read = [V("6.5"), V("6.6.17"), V("6.7.3")],
            Note = JustTouched,
        },
        Range("6.8-rc1", "6.9-rc1", Mainline.V6_8) with
        {
            Read = [V("6.8.1")],
            Note = JustTouched,
        },
        Range("6.9-rc1", "6.10-rc1", Mainline.V6_9) with
        {
            Read = [V("6.9")],
        },
        Range("6.10-rc1", "6.12.113", Mainline.V6_10) with
        {
            Read = [V("6.10"), V("6.11.11"), V("6.12.95"), V("6.12.107"), V("6.12.111")],
            Booted = [V("6.12.107")],
            Changelogs = [V("6.12.112")],
        },
        Range("6.12.113", "6.13-rc1", Mainline.V6_12_113) with
        {
            Read = [V("6.12.113"), V("6.12.115"), V("6.12.116"), V("6.12.117"), V("6.12.118")],
            Booted = [V("6.12.117")],
        },
        Range("6.13-rc1", "6.14-rc1", Mainline.V6_13) with
        {
            Read = [V("6.13.7")],
        },
        Range("6.14-rc1", "6.15-rc1", Mainline.V6_14) with
        {
            Read = [V("6.14")],
        },
        Range("6.15-rc1", "6.16-rc1", null) with
        {
            Note = "6.15 was not read; 6.14 and 6.16 decide alike but for blocks in protected mode",
        },
        Range("6.16-rc1", "6.17-rc1", Mainline.V6_16) with
        {
            Read = [V("6.16.12")],
            Booted = [V("6.16.12")],
        },
        Range("6.17-rc1", "6.18-rc1", Mainline.V6_17) with
        {
            Read = [V("6.17.13")],
            Booted = [V("6.17.13")],
        },
        Range("6.18-rc1", "6.18.56", Mainline.V6_18) with
        {
            Read = [V("6.18.13"), V("6.18.15"), V("6.18.35")],
            Booted = [V("6.18.15")],
            Note = "6.18.36 to 6.18.55 were not read",
        },
        Range("6.18.56", "6.19-rc1", Mainline.V6_18_56) with
        {
            Note = "not read; the list of its changes has the one that sets it apart",
        },
        Range("6.19-rc1", "7.0-rc1", Mainline.V6_19) with
        {
            Read = [V("6.19.10"), V("6.19.14")],
            Booted = [V("6.19.14")],
        },
        Range("7.0-rc1", "7.1-rc1", Mainline.V7_0) with
        {
            Read = [V("7.0"), V("7.0.13")],
            Booted = [V("7.0.13")],
        },
        Range("7.1-rc1", "7.2-rc1", Mainline.V7_1) with
        {
            Read = [V("7.1.3"), V("7.1.5"), V("7.1.13")],
            Booted = [V("7.1.13")],
        },
        Range("7.2-rc1", "7.2.10", Mainline.V7_2) with
        {
            Read = [V("7.2.6"), V("7.2.9")],
        },
        Range("7.2.10", "7.3-rc1", Mainline.V7_2_10) with
        {
            Read = [V("7.2.11"), V("7.2.12"), V("7.2.13")],
            Booted = [V("7.2.12")],
        },
        Range("7.3-rc1", null, Mainline.V7_3) with
        {
            Read = [V("7.3.4")],
            Booted = [V("7.3-rc7"), V("7.3.4")],
            Note = "up to 7.3-rc5 VM_PFNMAP memory is mapped by a block wherever one fits",
        },
    ];

    /// <summary>
    /// NVIDIA's. Their 6.17 (ianm-nv/NV-Kernels 0775cb275dd4) adds a condition to mainline's that is always true; 6.14
    /// is known from pull request 157 of NVIDIA/NV-Kernels and its changelog.
    /// </summary>
    public static IReadOnlyList<ReleaseRange> OfNvidia { get; } =
    [
        Range("5.15", "6.11", null, Nvidia) with
        {
            Note = "NVIDIA's kernels before 6.11 were not read; their 6.8 is said to have the form of 6.11",
        },
        Range("6.11", "6.12-rc1", NvidiaKernels.V6_11, Nvidia) with
        {
            Note =
                "a tree of theirs was read that has realms, too (NVIDIA/NV-Kernels 05400664e522), and no build that was released",
        },
        Range("6.12-rc1", "6.14", null, Nvidia) with
        {
            Note = "there is no 6.12 or 6.13 of NVIDIA's that is known",
        },
        Range("6.14", "6.15-rc1", null, Nvidia) with
        {
            Note = "NVIDIA's 6.14.0-1001 to -1008, which have the form of 6.11 for 6.14, were not read",
        },
        Range("6.14", "6.15-rc1", NvidiaKernels.V6_14, Nvidia) with
        {
            FirstBuild = 1009,
            Changelogs = [V("6.14")],
            Note = "by its changelog, and pull request 157",
        },
        Range("6.15-rc1", "6.17", null, Nvidia) with
        {
            Note = "there is no 6.15 or 6.16 of NVIDIA's that is known",
        },
        Range("6.17", "6.18-rc1", Mainline.V6_17, Nvidia) with
        {
            Read = [V("6.17")],
        },
    ];

    /// <summary>
    /// Vendors without any source read that a policy could be based on, with what is known about them.
    /// </summary>
    private static IReadOnlyList<ReleaseRange> Unread { get; } =
    [
        Range("5.14", "6.12", null, Rhel) with
        {
            Note =
                "RHEL 9's 5.14.0 has the KVM of newer kernels (of 6.11, and of 6.17 cacheable device memory); which build has which was not read",
        },
        Range("6.12", "6.13-rc1", null, Rhel) with
        {
            Note =
                "RHEL 10's 6.12.0 has the KVM of newer kernels (10.3 has that of 7.1); which build has which was not read",
        },
        Range("6.1", null, null, Amazon) with
        {
            Note = "Amazon's kernels are upstream's stable releases with patches that were not read",
        },
        Range("5.15", null, null, Ubuntu) with
        {
            Note = "Ubuntu's kernels were not read; which stable releases they have is not in their name",
        },
    ];

    /// <summary>All, upstream first.</summary>
    public static IReadOnlyList<ReleaseRange> All { get; } = [.. Upstream, .. OfNvidia, .. Unread];

    /// <summary>
    /// page_is_secretmem(): only pages that are already on the LRU. Fixed in 6.9, and in the stable series of that
    /// time.
    /// </summary>
    private const string JustTouched =
        "before the fixes of spring 2024 secret memory that the process has just accessed is mapped";

    /// <summary>The policy for a kernel. Never null; if there is no policy, the result has the reason.</summary>
    public static PolicyChoice Choose(KernelRelease release)
    {
        var own = All.Where(r => r.Flavour == release.Flavour).ToList();
        if (own.Count == 0)
            return None(release, $"{release.Text} is a kernel of {release.Flavour}'s, and none of those was read");
        if (own.LastOrDefault(r => r.Contains(release.Version) && release.Build >= r.FirstBuild) is not { } range)
            return None(
                release,
                $"no kernel of {release.Version.Series} was read; {(release.Version < own[0].First ? "the oldest" : "the newest")} known is {Ends(own, release.Version)}"
            );
        if (range.Policy is null)
            return None(release, range.Note ?? $"{range.Text} were not read");
        var standing = range.Standing(release.Version);
        if (release.UnknownSuffix.Length > 0)
            standing = ReleaseStanding.Unverified;
        return standing != ReleaseStanding.Unverified
            ? new PolicyChoice(range.Policy, standing, release.Name)
            : new PolicyChoice(
                range.Policy,
                standing,
                release.Name,
                Nearest(own, range, release.Version)?.ToString(),
                release.UnknownSuffix.Length > 0
                    ? $"'{release.UnknownSuffix}' names no kernel that is known"
                    : $"{release.Name} was not read"
            );
    }

    /// <summary>As <see cref="Choose"/>, from the text of <c>uname -r</c> and /proc/version.</summary>
    public static PolicyChoice Choose(string release, string? build = null) =>
        KernelRelease.TryParse(release, build) is { } known
            ? Choose(known)
            : new PolicyChoice(null, ReleaseStanding.Unknown, release, Reason: $"'{release}' is not a kernel release");

    /// <summary>The policy named by the user, whatever the kernel; else the policy of its release.</summary>
    public static PolicyChoice Choose(string release, string? build, Policy? named)
    {
        var choice = Choose(release, build);
        return named is null ? choice : PolicyChoice.Named(named, choice.Release);
    }

    private static PolicyChoice None(KernelRelease release, string reason) =>
        new(null, ReleaseStanding.Unknown, release.Name, Reason: reason);

    /// <summary>For a range in which no release was read, the nearest release before it.</summary>
    private static KernelVersion? Nearest(List<ReleaseRange> own, ReleaseRange range, KernelVersion version) =>
        range.Nearest(version)
        ?? own[..own.IndexOf(range)].LastOrDefault(r => r.Nearest(version) is not null)?.Nearest(version);

    private static string Ends(List<ReleaseRange> own, KernelVersion version) =>
        (version < own[0].First ? own.First(r => r.Policy is not null) : own.Last(r => r.Policy is not null))
            .First
            .Series;

    private static ReleaseRange Range(string first, string? end, Policy? policy, string flavour = Flavours.Mainline) =>
        new(flavour, V(first), end is null ? null : V(end), policy);

    private static KernelVersion V(string text) => KernelVersion.Parse(text);
}
