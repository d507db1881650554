using System.Text.RegularExpressions;

namespace Harness.Reports.Tests.Exports;

/// <summary>A result line of KTAP with the tests below it.</summary>
internal sealed record KtapTest(
    bool Ok,
    string Description,
    string? Directive,
    string? Data,
    IReadOnlyList<KtapTest> Subtests
);

/// <summary>
/// Reads KTAP, version 1, more strictly than its usual parsers: Documentation/dev-tools/ktap.rst allows lines of any
/// kind between, and missing plans; here each line must be one of the four kinds, in its place.
/// </summary>
internal sealed partial class KtapReader(IReadOnlyList<string> lines)
{
    private int _at;

    public static IReadOnlyList<KtapTest> Read(string text)
    {
        Assert.That(text, Does.EndWith("\n"));
        var reader = new KtapReader(text[..^1].Split('\n'));
        var tests = reader.Tests("");
        Assert.That(reader._at, Is.EqualTo(reader.Length), "there is something behind the last result");
        return tests;
    }

    private int Length => lines.Count;

    private List<KtapTest> Tests(string indent)
    {
        Assert.That(Next(indent), Is.EqualTo("KTAP version 1"));
        SkipDiagnostics(indent);
        var plan = Plan().Match(Next(indent));
        Assert.That(plan.Success, $"line {_at} is no plan: {lines[_at - 1]}");
        var tests = new List<KtapTest>();
        for (int number = 1; number <= int.Parse(plan.Groups[1].Value); number++)
        {
            SkipDiagnostics(indent);
            var below =
                _at < lines.Count && lines[_at].StartsWith(indent + "  KTAP", StringComparison.Ordinal)
                    ? Tests(indent + "  ")
                    : [];
            SkipDiagnostics(indent);
            var result = Result().Match(Next(indent));
            Assert.That(result.Success, $"line {_at} is no result: {lines[_at - 1]}");
            Assert.That(int.Parse(result.Groups["number"].Value), Is.EqualTo(number), $"line {_at}");
            tests.Add(
                new KtapTest(
                    result.Groups["result"].Value == "ok",
                    result.Groups["description"].Value,
                    Value(result.Groups["directive"]),
                    Value(result.Groups["data"]),
                    below
                )
            );
        }
        return tests;
    }

    private string Next(string indent)
    {
        Assert.That(_at, Is.LessThan(lines.Count), "the last line is missing");
        string line = lines[_at++];
        Assert.That(
            line,
            Does.StartWith(indent).And.Not.Match("^" + indent + @"\s"),
            $"line {_at} is not indented by {indent.Length}"
        );
        return line[indent.Length..];
    }

    private void SkipDiagnostics(string indent)
    {
        while (_at < lines.Count && lines[_at].StartsWith(indent + "# ", StringComparison.Ordinal))
            _at++;
    }

    private static string? Value(Group group) => group.Success ? group.Value.Trim() : null;

    [GeneratedRegex(@"^1\.\.([0-9]+)$")]
    private static partial Regex Plan();

    [GeneratedRegex(
        "^(?<result>ok|not ok) (?<number>[0-9]+) - (?<description>[^#]*?)( # (?<directive>SKIP|TODO|XFAIL|TIMEOUT|ERROR)?(?<data>.*))?$"
    )]
    private static partial Regex Result();
}
