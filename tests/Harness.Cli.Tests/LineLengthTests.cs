namespace Harness.Cli.Tests;

/// <summary>The formatter breaks code at 120 columns, but neither comments nor strings.</summary>
public class LineLengthTests
{
    private const int Longest = 120;

    [Test]
    public void No_line_of_code_or_comment_is_longer_than_120_columns()
    {
        string root = Installation.Root!;
        var files = new[] { "src", "tests", "scripts" }
            .SelectMany(d => Directory.EnumerateFiles(Path.Combine(root, d), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
            .ToList();

        Assert.That(files, Has.Count.GreaterThan(500), "the search found the sources");
        Assert.That(
            files.SelectMany(f => TooLong(File.ReadLines(f)).Select(l => $"{Path.GetRelativePath(root, f)}:{l}")),
            Is.Empty
        );
    }

    [Test]
    public void A_long_line_is_found_outside_of_strings_only()
    {
        string text = new('x', 130);

        Assert.That(TooLong([$"/// {text}"]), Is.EqualTo(new[] { 1 }));
        Assert.That(
            TooLong([$"var a = \"{text}\";", "var b = \"\"\"", text, "    \"\"\";", text]),
            Is.EqualTo(new[] { 5 })
        );
    }

    /// <summary>
    /// The numbers of the lines over the limit that neither contain a string literal nor are part of one.
    /// </summary>
    private static IEnumerable<int> TooLong(IEnumerable<string> lines)
    {
        int number = 0;
        bool raw = false;
        foreach (string line in lines)
        {
            number++;
            bool inside = raw;
            raw ^= line.Split("\"\"\"").Length % 2 == 0;
            if (
                line.Length > Longest
                && !inside
                && !raw
                && (IsComment(line) || !line.Contains('"', StringComparison.Ordinal))
            )
                yield return number;
        }
    }

    private static bool IsComment(string line) => line.AsSpan().TrimStart().StartsWith("//");
}
