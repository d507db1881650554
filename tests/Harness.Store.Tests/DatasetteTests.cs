using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Harness.Store.Tests;

/// <summary>docs/datasette.yaml is generated from docs/results.md: its tables, views, columns and queries.</summary>
public sealed partial class DatasetteTests
{
    /// <summary>The column that labels a row in references from other tables.</summary>
    private static readonly Dictionary<string, string> s_labels = new() { ["host"] = "name", ["test_case"] = "title" };

    private static readonly JsonSerializerOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Test]
    public void Metadata_for_Datasette_is_that_of_the_documentation()
    {
        string expected = Metadata(File.ReadAllText(DocumentTests.FileAbove("docs/results.md")));
        string written = Path.Combine(AppContext.BaseDirectory, "datasette.yaml");
        File.WriteAllText(written, expected);
        Assert.That(
            File.ReadAllText(DocumentTests.FileAbove("docs/datasette.yaml")),
            Is.EqualTo(expected),
            $"cp {written} docs/datasette.yaml"
        );
        Assert.That(Regex.Count(expected, "(?m)^        sql: "), Is.EqualTo(DocumentTests.Questions.Count()));
    }

    private static string Metadata(string document)
    {
        var yaml = new StringBuilder(
            """
            # For Datasette: datasette results.db --metadata docs/datasette.yaml
            # Made from docs/results.md; DatasetteTests says how when it differs.
            title: Stage-2 memory attributes of KVM on arm64
            description: Runs of the harness, what each kernel did, and what the model says
            databases:
              results:
                tables:

            """
        );
        foreach (Match entry in Entry().Matches(document))
        {
            string name = entry.Groups["name"].Value;
            yaml.Append($"      {name}:\n        description: {Quoted(entry.Groups["text"].Value)}\n");
            if (s_labels.TryGetValue(name, out string? label))
                yaml.Append($"        label_column: {label}\n");
            yaml.Append("        columns:\n");
            foreach (Match row in Row().Matches(entry.Groups["rows"].Value))
            foreach (Match column in Word().Matches(row.Groups["columns"].Value))
                yaml.Append($"          {Quoted(column.Groups[1].Value)}: {Quoted(row.Groups["is"].Value)}\n");
        }
        yaml.Append("    queries:\n");
        foreach (Match question in DocumentTests.Question().Matches(document))
        {
            string title = question.Groups["question"].Value;
            yaml.Append(
                $"      {Slug().Replace(title.ToLowerInvariant(), "-").Trim('-')}:\n        title: {Quoted(title)}\n        sql: |-\n"
            );
            foreach (string line in question.Groups["block"].Value.Split('\n').Skip(1))
                yaml.Append($"        {line.TrimEnd('"')}\n");
        }
        return yaml.ToString();
    }

    /// <summary>A JSON string is also a YAML string. Datasette does not render Markdown.</summary>
    private static string Quoted(string text) =>
        JsonSerializer.Serialize(
            Link().Replace(text, "$1").Replace("`", "", StringComparison.Ordinal).Replace('\n', ' ').Trim(),
            s_json
        );

    /// <summary>A table or view: its name, the text above its columns, and the columns.</summary>
    [GeneratedRegex(
        @"### `(?<name>\w+)`\n\n(?<text>.*?)\n\n\| column \| is \|\n\|---\|---\|\n(?<rows>(\|[^\n]*\n)+)",
        RegexOptions.Singleline
    )]
    private static partial Regex Entry();

    [GeneratedRegex(@"^\| (?<columns>[^|]*) \| (?<is>[^\n]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Word();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Slug();
}
