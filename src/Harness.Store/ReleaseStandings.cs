namespace Harness.Store;

/// <summary>
/// The words of the column <c>host.release_standing</c>: how far the release of a host's kernel is known.
/// </summary>
public static class ReleaseStandings
{
    public const string Booted = "booted";
    public const string Read = "read";
    public const string Covered = "covered";
    public const string Unverified = "unverified";

    public static IReadOnlyList<string> All { get; } = [Booted, Read, Covered, Unverified];
}
