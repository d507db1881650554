namespace Harness.Store;

/// <summary>
/// One target of a run and what is known about it. Only the first two fields are known before it is connected; <see
/// cref="RunWriter.DescribeHostAsync"/> replaces the others once they are.
/// </summary>
/// <param name="Target">
/// The target's name in harness.json; unique in a run. For a pair "SOURCE -> DESTINATION", for people.
/// </param>
/// <param name="Kind">One of <see cref="HostKinds"/>.</param>
/// <param name="KernelRelease">uname -r.</param>
/// <param name="KernelVersion">uname -v.</param>
/// <param name="BuildId">The GNU build id of the running kernel, hex.</param>
/// <param name="Cpu">For people: "FWB, DIC, no MTE" or a model's name.</param>
/// <param name="QemuVersion">Null on a target the harness did not boot.</param>
/// <param name="QemuCommandLine">Null on a target the harness did not boot.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id.</param>
/// <param name="ImageHash">Content hash of the guest image; null on a target the harness did not boot.</param>
/// <param name="Capabilities">KVM capabilities as a JSON object, or null.</param>
/// <param name="Facts">Every host fact as a JSON object, or null.</param>
/// <param name="Evidence">The levels of evidence the host offers, strongest first.</param>
/// <param name="Policy">The policy the host's cases were predicted with.</param>
/// <param name="Platform">What executes its instructions: "a CPU", "QEMU TCG"; null if that is unknown.</param>
public sealed record HostRecord(
    string Target,
    string Kind,
    string? KernelRelease = null,
    string? KernelVersion = null,
    string? BuildId = null,
    string? Cpu = null,
    string? QemuVersion = null,
    string? QemuCommandLine = null,
    string? BootId = null,
    string? ImageHash = null,
    string? Capabilities = null,
    string? Facts = null,
    IReadOnlyList<string>? Evidence = null,
    string? Policy = null,
    string? Platform = null
)
{
    /// <summary>The upstream release, "6.12.118"; null if it isn't known.</summary>
    public string? UpstreamRelease { get; init; }

    /// <summary>
    /// How far the release is known: one of <see cref="ReleaseStandings"/>; null for a pair, and if it was not
    /// determined.
    /// </summary>
    public string? ReleaseStanding { get; init; }

    /// <summary>For a release that has not been read, the nearest one that has; else null.</summary>
    public string? NearestRelease { get; init; }

    /// <summary>QEMU continued from a snapshot of a booted machine instead of booting.</summary>
    public bool IsRestored => QemuCommandLine?.Contains(" -incoming ", StringComparison.Ordinal) == true;

    /// <summary>For a pair, its two hosts; else null.</summary>
    public PairSides? Sides { get; init; }

    /// <summary>For a pair, the source; else null.</summary>
    public string? Source => Sides?.Source.Target;

    /// <summary>For a pair, the destination; else null.</summary>
    public string? Destination => Sides?.Destination.Target;

    /// <summary>
    /// A pair of hosts. Its sides are stored; the pair's own fields are derived from them, for people: "SOURCE ->
    /// DESTINATION" for fields that identify machines, or null until both are known; capabilities and facts are an
    /// object of two; the evidence is the intersection.
    /// </summary>
    public static HostRecord Pair(HostRecord source, HostRecord destination) =>
        new(
            $"{source.Target} -> {destination.Target}",
            HostKinds.Pair,
            Both(source.KernelRelease, destination.KernelRelease),
            Both(source.KernelVersion, destination.KernelVersion),
            Both(source.BuildId, destination.BuildId),
            Both(source.Cpu, destination.Cpu),
            Either(source.QemuVersion, destination.QemuVersion),
            Either(source.QemuCommandLine, destination.QemuCommandLine),
            Both(source.BootId, destination.BootId),
            Either(source.ImageHash, destination.ImageHash),
            Object(source.Capabilities, destination.Capabilities),
            Object(source.Facts, destination.Facts),
            [.. (source.Evidence ?? []).Intersect(destination.Evidence ?? [])],
            Both(source.Policy, destination.Policy),
            source.Platform == destination.Platform ? source.Platform : Both(source.Platform, destination.Platform)
        )
        {
            Sides = new PairSides(source, destination),
        };

    private static string? Both(string? source, string? destination) =>
        source is null || destination is null ? null : $"{source} -> {destination}";

    /// <summary>For fields that only exist for machines booted by the harness.</summary>
    private static string? Either(string? source, string? destination) =>
        source is null && destination is null ? null : $"{source ?? "none"} -> {destination ?? "none"}";

    private static string? Object(string? source, string? destination) =>
        source is null || destination is null ? null : $$"""{"source":{{source}},"destination":{{destination}}}""";
}
