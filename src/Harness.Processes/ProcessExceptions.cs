namespace Harness.Processes;

/// <summary>The program is not on this machine.</summary>
public sealed class ProgramNotFoundException(string program, string searched)
    : Exception($"program '{program}' not found in {searched}: install it (scripts/setup does), or correct the path")
{
    public string Program { get; } = program;
}

/// <summary>
/// A process ended with an exit code other than 0. The message has the last line of stderr; the rest is attached.
/// </summary>
public sealed class ProcessFailedException(ProcessResult result)
    : Exception($"{Path.GetFileName(result.Spec.Program)} ended with {result.Exit}: {LastLine(result)}")
{
    public ProcessResult Result { get; } = result;

    private static string LastLine(ProcessResult result) =>
        LastOf(result.ErrorText) ?? LastOf(result.OutputText) ?? "no output";

    private static string? LastOf(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
}

/// <summary>A process exceeded its deadline and was ended. Its output so far is attached.</summary>
public sealed class ProcessTimeoutException(ProcessResult result, TimeSpan deadline)
    : TimeoutException(
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Path.GetFileName(result.Spec.Program)} was not done after {deadline.TotalSeconds:0.#} s and was ended"
        )
    )
{
    public ProcessResult Result { get; } = result;
}
