using Harness.Model;
using Harness.Runs.Judging;

namespace Harness.Runs.Bisecting;

/// <summary>What one version did with the case, or why it could not be asked.</summary>
/// <param name="Did">What it did, twice; null where it could not be asked.</param>
/// <param name="Kernel">uname -r; null where it never told.</param>
/// <param name="Skipped">Why it could not be asked; null where it was.</param>
public sealed record BisectAnswer(ObservedCase? Did, string? Kernel, string? Skipped)
{
    /// <summary>What it ran on; null where that never came out.</summary>
    public HostFacts? Host { get; init; }

    /// <summary>uname -v, which tells the point release of Debian's 6.1; null where that never came out.</summary>
    public string? Build { get; init; }

    public static BisectAnswer Skip(string reason, string? kernel = null) => new(null, kernel, reason);
}
