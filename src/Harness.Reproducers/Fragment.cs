using System.Collections.Concurrent;

namespace Harness.Reproducers;

/// <summary>
/// A piece of C that some reproducers contain: Fragments/NAME.c. Its first lines list its dependencies: "//include"
/// headers, "//needs" other fragments, "//kind define" if it belongs above the functions.
/// </summary>
internal sealed record Fragment(
    string Name,
    bool Defines,
    IReadOnlyList<string> Includes,
    IReadOnlyList<string> Needs,
    string Text
)
{
    private static readonly ConcurrentDictionary<string, Fragment> All = [];

    /// <exception cref="ArgumentException">There is no fragment of that name.</exception>
    public static Fragment Named(string name) => All.GetOrAdd(name, Load);

    private static Fragment Load(string name)
    {
        using var stream = typeof(Fragment).Assembly.GetManifestResourceStream(name + ".c")
            ?? throw new ArgumentException($"no fragment is called '{name}'", nameof(name));
        string text = new StreamReader(stream).ReadToEnd();
        var marks = new Dictionary<string, string[]>();
        while (text.StartsWith("//", StringComparison.Ordinal))
        {
            int end = text.IndexOf('\n');
            string[] words = text[2..end].Split(' ');
            marks.Add(words[0], words[1..]);
            text = text[(end + 1)..];
        }
        return new Fragment(
            name,
            marks.GetValueOrDefault("kind") is ["define"],
            marks.GetValueOrDefault("include") ?? [],
            marks.GetValueOrDefault("needs") ?? [],
            text.TrimEnd('\n')
        );
    }
}
