using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>An enabled binary source of apt's configuration (sources.list(5)), one for each address.</summary>
/// <param name="Uri">Without a trailing slash.</param>
/// <param name="Suites">Code names, or "stable" and the like.</param>
/// <param name="Components">"main" and others.</param>
/// <param name="SignedBy">The keyring that it names, or "".</param>
internal sealed partial record AptSource(
    string Uri,
    IReadOnlyList<string> Suites,
    IReadOnlyList<string> Components,
    string SignedBy
)
{
    /// <summary>A file's sources: stanzas if its name ends in .sources, otherwise one per line.</summary>
    public static IEnumerable<AptSource> InFile(string name, string text) =>
        name.EndsWith(".sources", StringComparison.Ordinal) ? InStanzas(text) : InLines(text);

    private static IEnumerable<AptSource> InStanzas(string text) =>
        from stanza in Stanzas(text)
        where Words(stanza["Types"]).Contains("deb") && !Off().IsMatch(stanza["Enabled"])
        from uri in Words(stanza["URIs"])
        select new AptSource(
            uri.TrimEnd('/'),
            Words(stanza["Suites"]),
            Words(stanza["Components"]),
            stanza["Signed-By"]
        );

    private static IEnumerable<AptSource> InLines(string text) =>
        from line in text.Split('\n')
        let match = OneLine().Match(line.Split('#')[0])
        where match.Success
        select new AptSource(
            match.Groups["uri"].Value.TrimEnd('/'),
            [match.Groups["suite"].Value],
            Words(match.Groups["components"].Value),
            SignedByOption().Match(match.Groups["options"].Value).Groups[1].Value
        );

    // deb822(5): stanzas are separated by empty lines, names are case-insensitive, a line that begins with a space
    // continues the field before it.
    private static IEnumerable<Fields> Stanzas(string text)
    {
        var stanza = new Fields();
        foreach (string line in text.Split('\n').Select(l => l.TrimEnd()).Where(l => !l.StartsWith('#')).Append(""))
        {
            if (line.Length > 0)
            {
                stanza.Take(line);
                continue;
            }
            yield return stanza;
            stanza = new Fields();
        }
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private sealed class Fields
    {
        private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
        private string _last = "";

        public string this[string name] => _values.GetValueOrDefault(name, "");

        public void Take(string line)
        {
            string[] parts = line.Split(':', 2);
            if (char.IsWhiteSpace(line[0]) || parts.Length < 2)
                _values[_last] = this[_last] + "\n" + line.Trim();
            else
                _values[_last = parts[0]] = parts[1].Trim();
        }
    }

    [GeneratedRegex(@"^\s*deb\s+(\[(?<options>[^]]*)\]\s*)?(?<uri>\S+)\s+(?<suite>\S+)(?<components>.*)$")]
    private static partial Regex OneLine();

    [GeneratedRegex(@"signed-by=(\S+)", RegexOptions.IgnoreCase)]
    private static partial Regex SignedByOption();

    [GeneratedRegex("^(?:no|false|without|off|disable)$", RegexOptions.IgnoreCase)]
    private static partial Regex Off();
}
