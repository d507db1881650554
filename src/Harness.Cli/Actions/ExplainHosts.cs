using Harness.Cases.Filter;
using Harness.Model;

namespace Harness.Cli.Actions;

/// <summary>
/// The grammar of --on: facts of a CPU separated by commas, each with or without "no"; facts that are not named are
/// left open. "none" is a CPU without any. A host is in protected mode only if "protected" is named.
/// </summary>
internal static class ExplainHosts
{
    private const string ProtectedWord = "protected";

    private static readonly (string Word, Func<HostFacts, bool> Has)[] Facts =
    [
        ("fwb", h => h.Fwb),
        ("dic", h => h.Dic),
        ("mte", h => h.Mte),
        (ProtectedWord, h => h.Mode == KvmMode.Protected),
    ];

    internal static IEnumerable<string> Words => Facts.SelectMany(f => (string[])[f.Word, $"no{f.Word}"]);

    /// <summary>The matching kinds of host.</summary>
    /// <exception cref="UsageException">It is invalid, or contradicts itself.</exception>
    public static IReadOnlyList<HostFacts> Parse(string text)
    {
        if (text == "none")
            return [.. HostFacts.All.Where(h => !Array.Exists(Facts, f => f.Has(h)))];
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        IEnumerable<HostFacts> fit = words.Contains(ProtectedWord) ? HostFacts.Every : HostFacts.All;
        foreach (string word in words)
        {
            bool no = word.StartsWith("no", StringComparison.Ordinal);
            var (known, has) = Array.Find(Facts, f => f.Word == (no ? word[2..] : word));
            if (known is null)
                throw new UsageException(
                    $"--on: '{word}' is not a fact of a CPU{NearestWord.Hint(word, Words)} (allowed: "
                        + $"{string.Join(", ", Words)}, joined by commas; or none)"
                );
            fit = [.. fit.Where(h => has(h) != no)];
        }
        return fit.ToList() is { Count: > 0 } hosts
            ? hosts
            : throw new UsageException($"--on: '{text}' contradicts itself");
    }
}
