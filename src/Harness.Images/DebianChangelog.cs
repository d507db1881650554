using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>A line of a kernel package's changelog.</summary>
/// <param name="Upstream">The release of kernel.org that contains it; null for a change of Debian.</param>
/// <param name="Text">"[arm64] KVM: arm64: Use stage-1 leaf size for VM_PFNMAP".</param>
public sealed record ChangelogItem(string? Upstream, string Text);

/// <summary>The changes between two Debian kernels: every commit of the stable releases by its title.</summary>
public static partial class DebianChangelog
{
    /// <summary>
    /// The items above the entry of an older package, the newest first; all of the newest entry if that entry is
    /// missing.
    /// </summary>
    /// <param name="path">A changelog, gzip.</param>
    /// <param name="since">The older package: its entry and all below it are left out.</param>
    public static IReadOnlyList<ChangelogItem> Since(string path, PointRelease since)
    {
        using var file = File.OpenRead(path);
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        return Since(text, since);
    }

    internal static IReadOnlyList<ChangelogItem> Since(TextReader text, PointRelease since)
    {
        var items = new List<ChangelogItem>();
        string? upstream = null;
        bool open = false;
        while (text.ReadLine() is { } line)
        {
            if (Entry().Match(line) is { Success: true } entry)
            {
                // A backport's changelog contains the entry of its base: 7.2.9-1 below 7.2.9-1~bpo13+1.
                if (entry.Groups[1].Value.Replace('+', '-') is var version && Reached(version, since))
                    break;
                (upstream, open) = (null, false);
            }
            else if (Address().Match(line) is { Success: true } address)
            {
                (upstream, open) = (address.Groups[1].Value, false);
            }
            else if (Item().Match(line) is { Success: true } item)
            {
                if (item.Groups["star"].Value == "*")
                    upstream = null;
                items.Add(new ChangelogItem(upstream, item.Groups["text"].Value));
                open = true;
            }
            else if (open && line.StartsWith("    ", StringComparison.Ordinal) && line.Trim() is { Length: > 0 } more)
            {
                items[^1] = items[^1] with { Text = $"{items[^1].Text} {more}" };
            }
            else
            {
                open = false;
            }
        }
        return items;
    }

    /// <summary>Whether an item concerns KVM, and not only on another architecture.</summary>
    public static bool IsOfKvmOnArm64(ChangelogItem item) =>
        item.Text.Contains("KVM", StringComparison.Ordinal)
        && (
            Tag().Match(item.Text) is not { Success: true } tag
            || tag.Groups[1].Value.Contains("arm64", StringComparison.Ordinal)
        );

    private static bool Reached(string version, PointRelease since)
    {
        string older = since.PackageVersion.Split("~bpo")[0];
        return version.Split("~bpo")[0] == older
            || KernelArchive.CompareVersions(Upstream(version), since.Upstream) < 0;
    }

    private static string Upstream(string version) => version.Split('-')[0];

    // linux (6.12.111-1) trixie-security; urgency=high
    // linux-signed-arm64 (6.12.113+1) trixie-security; urgency=high
    [GeneratedRegex(@"^linux[^ ]* \(([^)]+)\) ")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\s+https?://\S+/ChangeLog-(\S+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"^ +(?<star>[*+-]) (?<text>.+)$")]
    private static partial Regex Item();

    [GeneratedRegex(@"^\[([^\]]+)\] ")]
    private static partial Regex Tag();
}
