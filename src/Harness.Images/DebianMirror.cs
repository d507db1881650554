using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>Where this machine's own apt gets Debian from.</summary>
public static partial class DebianMirror
{
    /// <summary>Overrides what apt's configuration says: for machines that are no Debian.</summary>
    public const string Variable = "HARNESS_DEBIAN_MIRROR";

    /// <exception cref="ImageException">apt names none.</exception>
    public static string Find(string aptFolder = "/etc/apt")
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given;
        var files = new List<string>();
        if (File.Exists(Path.Combine(aptFolder, "sources.list")))
            files.Add(Path.Combine(aptFolder, "sources.list"));
        string parts = Path.Combine(aptFolder, "sources.list.d");
        if (Directory.Exists(parts))
            files.AddRange(Directory.EnumerateFiles(parts).Where(f => f.EndsWith(".list", StringComparison.Ordinal)
                || f.EndsWith(".sources", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        return files.Select(f => InText(File.ReadAllText(f))).FirstOrDefault(m => m is not null)
            ?? throw new ImageException($"apt on this machine names no Debian archive: set {Variable} to one");
    }

    /// <summary>The first archive of Debian itself in a sources file of either format; null where there is none.</summary>
    public static string? InText(string sources)
    {
        var stanza = new List<string>();
        foreach (string line in sources.Split('\n').Select(l => l.Trim()).Append(""))
        {
            if (line.Length > 0)
            {
                if (!line.StartsWith('#'))
                    stanza.Add(line);
                continue;
            }
            if (!stanza.Any(l => Off().IsMatch(l))
                && stanza.SelectMany(l => l.Split(' ', '\t')).FirstOrDefault(w => Archive().IsMatch(w)) is { } archive)
                return archive.TrimEnd('/');
            stanza.Clear();
        }
        return null;
    }

    // An archive of Debian ends in /debian everywhere; debian-security and others are another matter.
    [GeneratedRegex("^https?://[^ ]+/debian/?$")]
    private static partial Regex Archive();

    // sources.list(5): a stanza of the deb822 format that is switched off.
    [GeneratedRegex("^enabled:\\s*(?:no|false|without|off|disable)$", RegexOptions.IgnoreCase)]
    private static partial Regex Off();
}
