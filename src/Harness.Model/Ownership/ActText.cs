using System.Text;

namespace Harness.Model.Ownership;

/// <summary>The words by which acts are written and hashed. Changing one changes case ids.</summary>
public static class ActText
{
    private static readonly string[] Words = [.. Enum.GetValues<Act>().Select(a => Hyphenated(a.ToString()))];

    private static readonly Dictionary<string, Act> ByWord = Enum.GetValues<Act>().ToDictionary(a => Words[(int)a]);

    /// <summary>"guest-share".</summary>
    public static string Word(Act act) => Words[(int)act];

    /// <summary>The act of this word, or null.</summary>
    public static Act? Find(string word) => ByWord.TryGetValue(word, out var act) ? act : null;

    public static string Word(VmKind vm) => vm == VmKind.Protected ? "protected" : "ordinary";

    public static string Word(Contents contents) => contents switch
    {
        Contents.Zero => "zeroes",
        Contents.Host => "the host's word",
        Contents.Shared => "the guest's shared word",
        Contents.Unknown => "what no source says",
        _ => "the guest's word",
    };

    private static string Hyphenated(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
            text.Append(char.IsUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        return text.ToString();
    }
}
