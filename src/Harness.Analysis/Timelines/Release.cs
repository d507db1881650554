using System.Globalization;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Timelines;

/// <summary>A point of mainline's history: a kernel release, and the policy it should follow.</summary>
/// <param name="Name">"6.12".</param>
/// <param name="Policy">Its generation.</param>
public sealed record Release(string Name, Policy Policy)
{
    /// <summary>
    /// The releases of some kernel tracks, the oldest first, and each generation that none of them has, by its own name.
    /// Tracks that are no plain release ("6.12-16k"), or of which no policy is known, are left out.
    /// </summary>
    public static IReadOnlyList<Release> Of(IEnumerable<string> tracks)
    {
        var found = tracks
            .Where(t => Number(t) is not null)
            .Select(t => (Name: t, Policy: PolicyCatalog.ForRelease(t)))
            .Where(t => t.Policy is not null)
            .Select(t => new Release(t.Name, t.Policy!)).ToList();
        var missing = Mainline.All.Where(p => found.TrueForAll(r => r.Policy != p)).Select(p => new Release(p.Name.Split('-')[1], p));
        return [.. found.Concat(missing).DistinctBy(r => r.Name).OrderBy(r => Number(r.Name))];
    }

    /// <summary>The release of a uname -r among some: "7.2.12+deb13-arm64" is 7.2.</summary>
    public static Release? Among(IEnumerable<Release> releases, string uname)
    {
        string[] parts = uname.Split('.', 3);
        string name = parts.Length < 2 ? uname : $"{parts[0]}.{string.Concat(parts[1].TakeWhile(char.IsAsciiDigit))}";
        return releases.FirstOrDefault(r => r.Name == name);
    }

    private static (int Major, int Minor)? Number(string name) =>
        name.Split('.') is [var major, var minor]
        && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int a)
        && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out int b)
            ? (a, b)
            : null;
}
