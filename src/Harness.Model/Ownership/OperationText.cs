using System.Text;
using Harness.Model.Dimensions;

namespace Harness.Model.Ownership;

/// <summary>The words used to write and hash operations. Changing one changes case ids.</summary>
public static class OperationText
{
    private static readonly string[] Words = [.. Enum.GetValues<Operation>().Select(a => Hyphenated(a.ToString()))];

    private static readonly Dictionary<string, Operation> ByWord = Enum.GetValues<Operation>()
        .ToDictionary(a => Words[(int)a]);

    public static IReadOnlyList<DimensionValue> Values { get; } = [.. Words.Select(w => new DimensionValue(w, w))];

    /// <summary>"guest-share".</summary>
    public static string Word(Operation operation) => Words[(int)operation];

    /// <summary>The operation of this word, or null.</summary>
    public static Operation? Find(string word) => ByWord.TryGetValue(word, out var operation) ? operation : null;

    public static string Word(VmKind vm) => vm == VmKind.Protected ? "protected" : "ordinary";

    public static string Word(Contents contents) =>
        contents switch
        {
            Contents.Zero => "zeroes",
            Contents.Host => "the host's word",
            Contents.Shared => "the guest's shared word",
            Contents.Unknown => "what is not specified",
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
