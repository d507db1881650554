using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// The signals that LAVA reads from the output of a test: a case begins, ends, and has a result
/// (doc/v2/writing-tests.rst, "lava-test-case"). LAVA reads each up to the next ">", and divides it at spaces.
/// </summary>
public static class LavaSignal
{
    /// <param name="target">The case's host.</param>
    /// <param name="caseId">The case.</param>
    /// <param name="verdict">A word of <see cref="Verdicts.Table"/>.</param>
    /// <returns>Three lines.</returns>
    public static string Of(string target, string caseId, string verdict)
    {
        string id = Name($"{target}.{caseId}");
        return $"<LAVA_SIGNAL_STARTTC {id}>\n<LAVA_SIGNAL_ENDTC {id}>\n"
            + $"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={id} RESULT={Result(verdict)}>\n";
    }

    /// <summary>
    /// By the result in KTAP: a case that could not be executed or judged is unknown there, never a failure of the
    /// kernel.
    /// </summary>
    public static string Result(string verdict) =>
        Verdicts.Of(verdict).Ktap switch
        {
            { Directive: "SKIP" } => "skip",
            { Directive: "ERROR" } => "unknown",
            { Ok: true } => "pass",
            _ => "fail",
        };

    /// <summary>A name is a part of addresses in LAVA: letters, digits, dots, dashes and underscores.</summary>
    private static string Name(string text) =>
        string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
}
