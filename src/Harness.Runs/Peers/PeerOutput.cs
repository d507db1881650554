using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Store;

namespace Harness.Runs.Peers;

/// <summary>
/// Reads how a selftest ended: its exit code decides (kselftest.h: KSFT_PASS, KSFT_FAIL, KSFT_SKIP; lib/assert.c exits
/// with 254), what it printed has the reason.
/// </summary>
public static partial class PeerOutput
{
    private const int Pass = 0;
    private const int Skip = 4;

    /// <summary>Of a shell: the program can't be executed, or does not exist.</summary>
    private const int NotExecutable = 126;
    private const int NotFound = 127;

    /// <summary>A shell adds it to the number of a signal.</summary>
    private const int Signals = 128;
    private const int LastSignal = 64;

    private const int LongestReason = 300;

    /// <param name="exit">As a shell has it.</param>
    /// <param name="late">It was killed at its limit.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="output">Stdout and stderr.</param>
    public static PeerEnding Read(int exit, bool late, TimeSpan limit, string output)
    {
        var (outcome, reason) = Meaning(exit, late, limit, output);
        return new PeerEnding(outcome, reason)
        {
            ExitCode = late || outcome == PeerStates.Killed ? null : exit,
            Output = output,
        };
    }

    private static (string Outcome, string? Reason) Meaning(int exit, bool late, TimeSpan limit, string output) =>
        exit switch
        {
            _ when late => (
                PeerStates.Timeout,
                string.Create(CultureInfo.InvariantCulture, $"it was killed after {limit.TotalSeconds:0} s")
            ),
            Pass => (PeerStates.Passed, null),
            Skip => (PeerStates.Skipped, SkipReason(output) ?? "it does not say why"),
            NotExecutable or NotFound => (PeerStates.NotRun, Last(output) ?? Code(exit)),
            > Signals and <= Signals + LastSignal => (
                PeerStates.Killed,
                string.Create(CultureInfo.InvariantCulture, $"by signal {exit - Signals}")
                    + (Assertion(output) is { } before ? $", after {before}" : "")
            ),
            _ => (PeerStates.Failed, Assertion(output) ?? Failures(output) ?? Last(output) ?? Code(exit)),
        };

    private static string Code(int exit) => string.Create(CultureInfo.InvariantCulture, $"exit code {exit}");

    /// <summary>
    /// print_skip(), lib/test_util.c: "1..0 # SKIP reason"; TEST_REQUIRE() adds ", skipping test" or the condition.
    /// </summary>
    private static string? SkipReason(string output) =>
        SkipLine().Match(output) is { Success: true } match
            ? Cut(SkipEnd().Replace(match.Groups["reason"].Value.Trim(), ""))
            : null;

    /// <summary>
    /// test_assert(), lib/assert.c: a headline, "  file:line: expression", "  pid=...", a stack, and the message.
    /// </summary>
    private static string? Assertion(string output)
    {
        if (AssertionPlace().Match(output) is not { Success: true } match)
            return null;
        string[] after = output[(match.Index + match.Length)..]
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string? message = after.FirstOrDefault(l => !IsOfStack(l));
        return Cut($"{match.Groups["place"].Value.Trim()}{(message is null ? "" : $": {message}")}");
    }

    private static bool IsOfStack(string line) =>
        line.StartsWith("pid=", StringComparison.Ordinal)
        // The stack is printed by a pipeline of a shell; a host may lack its programs.
        || line.StartsWith("sh: ", StringComparison.Ordinal)
        || StackLine().IsMatch(line);

    /// <summary>TAP: the names of what failed.</summary>
    private static string? Failures(string output)
    {
        string[] failed = [.. NotOk().Matches(output).Select(m => m.Groups["name"].Value.Trim())];
        return failed.Length == 0 ? null : Cut("not ok: " + string.Join(", ", failed));
    }

    private static string? Last(string output) =>
        output
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault(l => !l.StartsWith("# Totals:", StringComparison.Ordinal))
            is { } line
            ? Cut(line)
            : null;

    private static string Cut(string text) => text.Length > LongestReason ? text[..LongestReason] + "..." : text;

    [GeneratedRegex(@"# SKIP[ :]*(?<reason>[^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex SkipLine();

    [GeneratedRegex(@",? *skipping test\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex SkipEnd();

    [GeneratedRegex(@"==== Test Assertion Failure ====\s*\n(?<place>[^\n]+)", RegexOptions.CultureInvariant)]
    private static partial Regex AssertionPlace();

    // "     1	0x00000000004023b7: main at x.c:12", and lines that say that there is none.
    [GeneratedRegex(@"^(\d+\s+0x[0-9a-f]+:|\(stack trace|\d+\s+\?\?)", RegexOptions.CultureInvariant)]
    private static partial Regex StackLine();

    [GeneratedRegex(@"^not ok \d+ ?-? ?(?<name>[^\n]*)", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex NotOk();
}
