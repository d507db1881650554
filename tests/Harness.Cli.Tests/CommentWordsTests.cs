using System.Text.RegularExpressions;

namespace Harness.Cli.Tests;

/// <summary>Comments are modern technical English.</summary>
public partial class CommentWordsTests
{
    [Test]
    public void No_comment_has_an_outdated_word()
    {
        string root = Installation.Root!;
        var files = new[] { "src", "tests", "scripts" }
            .SelectMany(d => Directory.EnumerateFiles(Path.Combine(root, d), "*", SearchOption.AllDirectories))
            .Where(f => !Generated().IsMatch(f) && (IsSource(f) || IsScript(f)))
            .ToList();

        Assert.That(files.Count(IsSource), Is.GreaterThan(500), "the search found the sources");
        Assert.That(files.Count(IsScript), Is.GreaterThan(3), "the search found the scripts");
        Assert.That(
            files.SelectMany(f => Outdated(File.ReadLines(f)).Select(o => $"{Path.GetRelativePath(root, f)}:{o}")),
            Is.Empty,
            "rewrite these comments: report, request, return, with, by..."
        );
    }

    [TestCase("    /// <summary>Hence it is told.</summary>", "1: Hence", "1: told")]
    [TestCase("int a = 0; // thereby", "1: thereby")]
    [TestCase("# A host whose kernel", "1: whose")]
    [TestCase("/// <param name=\"asked\">Thereupon.</param>")]
    [TestCase("string told = \"whose\"; // the URL http://upon/x")]
    [TestCase("Assert.That(hence, Is.True);")]
    public void Only_comments_are_searched(string line, params string[] expected) =>
        Assert.That(Outdated([line]), Is.EqualTo(expected));

    /// <summary>Each banned word, with the number of its line.</summary>
    private static IEnumerable<string> Outdated(IEnumerable<string> lines) =>
        lines.SelectMany(
            (line, index) =>
                Words()
                    .Matches(Attribute().Replace(Comment().Match(line).Groups["text"].Value, ""))
                    .Select(m => $"{index + 1}: {m.Value}")
        );

    private static bool IsSource(string file) => file.EndsWith(".cs", StringComparison.Ordinal);

    private static bool IsScript(string file) =>
        !Path.HasExtension(file)
        && File.ReadLines(file).FirstOrDefault()?.StartsWith("#!", StringComparison.Ordinal) == true;

    [GeneratedRegex("/(obj|bin)/")]
    private static partial Regex Generated();

    /// <summary>A comment has its line to itself, or follows code, as the formatter writes it.</summary>
    [GeneratedRegex("""^(\s*(//|#)|[^"]*[;,{})] //)(?<text>.*)$""")]
    private static partial Regex Comment();

    /// <summary>Names in XML documentation, URLs.</summary>
    [GeneratedRegex("""(name|cref)="[^"]*"|https?://\S+""")]
    private static partial Regex Attribute();

    [GeneratedRegex(
        @"\b(hence|lest|nobody|nought|tells|thereby|therein|thereof|told|unto|upon|whereby|wherein|whereof|whose|whosoever)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Words();
}
