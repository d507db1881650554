using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Releases;

namespace Harness.Analysis.Timelines;

/// <summary>A point in upstream's history: releases that decide alike, and their policy.</summary>
/// <param name="Range">The releases.</param>
/// <param name="Policy">Their policy.</param>
/// <param name="Before">
/// The index of the release that it is compared with: for a stable release with a backported change, the previous state
/// of its series; for any other, the previous one in mainline. Null for the first.
/// </param>
/// <param name="Unread">The releases between, if they were not read: "6.13 to 6.15"; else null.</param>
public sealed record Release(ReleaseRange Range, Policy Policy, int? Before, string? Unread)
{
    /// <summary>"6.9 to 6.12.112".</summary>
    public string Name => Range.Text;

    /// <summary>What is known about upstream's releases, the oldest first.</summary>
    public static IReadOnlyList<Release> All { get; } = Of(ReleaseCatalog.Upstream);

    /// <summary>The release of a host's kernel, or null.</summary>
    public static Release? Of(IEnumerable<Release> releases, string uname, string? build) =>
        KernelRelease.TryParse(uname, build) is { Flavour: Flavours.Mainline } kernel
            ? releases.FirstOrDefault(r => r.Range.Contains(kernel.Version))
            : null;

    internal static IReadOnlyList<Release> Of(IReadOnlyList<ReleaseRange> ranges)
    {
        var releases = new List<Release>();
        ReleaseRange? gap = null;
        foreach (var range in ranges)
        {
            if (range.Policy is null)
            {
                gap = range;
                continue;
            }
            int before = releases.FindLastIndex(r =>
                range.IsStable
                    ? r.Range.Contains(range.First with { Patch = range.First.Patch - 1 })
                    : !r.Range.IsStable
            );
            releases.Add(new Release(range, range.Policy, before < 0 ? null : before, before < 0 ? null : gap?.Text));
            gap = null;
        }
        return releases;
    }
}
