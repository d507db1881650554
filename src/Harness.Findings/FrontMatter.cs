using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Harness.Findings;

/// <summary>The YAML between two lines of three dashes at the beginning of a file, and the text after it.</summary>
/// <param name="Root">Its members.</param>
/// <param name="Text">What follows, without blank lines around it.</param>
internal sealed record FrontMatter(FrontMatterNode Root, string Text)
{
    private const string Fence = "---";

    /// <exception cref="FindingFault">It isn't one.</exception>
    public static FrontMatter Of(string content)
    {
        string[] lines = content.ReplaceLineEndings("\n").Split('\n');
        int end = Array.IndexOf(lines, Fence, 1);
        if (lines[0] != Fence || end < 0)
            throw new FindingFault(
                1,
                "",
                "it has no front matter: begin it with a line '---', members of YAML, and another line '---'"
            );
        try
        {
            var stream = new YamlStream();
            // An empty line in place of the first fence, so that lines have the file's numbers.
            stream.Load(new StringReader("\n" + string.Join('\n', lines[1..end]) + "\n"));
            return stream.Documents is [{ RootNode: YamlMappingNode root }]
                ? new FrontMatter(new FrontMatterNode("", root), string.Join('\n', lines[(end + 1)..]).Trim('\n', ' '))
                : throw new FindingFault(2, "", "its front matter has no members (allowed: 'title: ...' and so on)");
        }
        catch (YamlException e)
        {
            throw new FindingFault((int)e.Start.Line, "", $"its front matter is not YAML: {e.Message.TrimEnd('.')}");
        }
        // Of a list that ends with the text, YamlDotNet 18.1.
        catch (InvalidOperationException)
        {
            throw new FindingFault(0, "", "its front matter is not YAML: it ends within a list or a mapping");
        }
    }
}

/// <summary>A value in the front matter, with its place for error messages.</summary>
internal sealed record FrontMatterNode(string Field, YamlNode Node)
{
    public FindingFault Fault(string what) => new((int)Node.Start.Line, Field, what);

    /// <summary>The text of a scalar.</summary>
    public string Value =>
        Node is YamlScalarNode { Value: { Length: > 0 } text }
            ? text
            : throw Fault("it has to be a text (allowed: one line)");

    /// <summary>The items of a list; a value alone is a list of one.</summary>
    public IReadOnlyList<FrontMatterNode> Items =>
        Node is not YamlSequenceNode list ? [this]
        : list.Children.Count == 0 ? throw Fault("it is empty (allowed: at least one item)")
        : [.. list.Children.Select((item, i) => new FrontMatterNode($"{Field}[{i}]", item))];

    /// <summary>The members of a mapping.</summary>
    /// <param name="allowed">The names that it may have; null for any.</param>
    public IReadOnlyDictionary<string, FrontMatterNode> Members(params string[]? allowed)
    {
        if (Node is not YamlMappingNode mapping)
            throw Fault(
                $"it has to have members{(allowed is null ? "" : $" (allowed: {string.Join(", ", allowed)})")}"
            );
        var members = new Dictionary<string, FrontMatterNode>();
        foreach (var (key, value) in mapping.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (allowed is not null && !allowed.Contains(name))
                throw new FrontMatterNode(Field, key).Fault(
                    $"'{name}' is not a valid member{Cases.Filter.NearestWord.Hint(name, allowed)} (allowed: {string.Join(", ", allowed)})"
                );
            members.Add(name, new FrontMatterNode(Field.Length == 0 ? name : $"{Field}.{name}", value));
        }
        return members;
    }

    /// <summary>A value out of several words.</summary>
    public string OneOf(IReadOnlyCollection<string> words) =>
        words.Contains(Value)
            ? Value
            : throw Fault(
                $"'{Value}' is not valid{Cases.Filter.NearestWord.Hint(Value, words)} (allowed: {string.Join(", ", words)})"
            );
}
