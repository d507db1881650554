namespace Harness.Store;

/// <summary>
/// An entry of known-differences.json that applies to a host, and the results of the cases that it covers there.
/// </summary>
/// <param name="Name">Unique in its file; results refer to it.</param>
/// <param name="Definition">The entry as written in the file, JSON.</param>
/// <param name="Culprit">One of <see cref="Culprits"/>.</param>
/// <param name="Reason">For people, one line.</param>
/// <param name="Link">Where it is discussed, or null.</param>
/// <param name="Expired">The entry no longer applies to the host's kernel: it excuses nothing.</param>
/// <param name="Asked">How many cases that it covers were judged.</param>
/// <param name="Met">How many of them differ as described.</param>
public sealed record KnownDifferenceRecord(
    string Name,
    string Definition,
    string Culprit,
    string Reason,
    string? Link,
    bool Expired,
    int Asked,
    int Met
)
{
    /// <summary>It covers cases that were judged, and none of them differs any more.</summary>
    public bool IsStale => Asked > 0 && Met == 0 && !Expired;
}
