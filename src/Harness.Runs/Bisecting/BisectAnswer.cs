using Harness.Model;
using Harness.Runs.Judging;

namespace Harness.Runs.Bisecting;

/// <summary>The result of one version, or why it could not be tested.</summary>
/// <param name="Did">What it did, twice; null if it could not be tested.</param>
/// <param name="Kernel">uname -r; null if it is unknown.</param>
/// <param name="Skipped">Why it could not be tested; null if it was.</param>
public sealed record BisectAnswer(ObservedCase? Did, string? Kernel, string? Skipped)
{
    /// <summary>The host that it ran on; null if that is unknown.</summary>
    public HostFacts? Host { get; init; }

    /// <summary>uname -v, which contains the point release of Debian's 6.1; null if it is unknown.</summary>
    public string? Build { get; init; }

    public static BisectAnswer Skip(string reason, string? kernel = null) => new(null, kernel, reason);
}
