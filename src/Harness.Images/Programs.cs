using Harness.Processes;

namespace Harness.Images;

/// <summary>Programs that must succeed, or else end the build.</summary>
internal static class Programs
{
    /// <returns>stdout.</returns>
    /// <exception cref="ImageException">The program is missing or failed.</exception>
    public static async Task<string> RunAsync(
        this IProcessRunner runner,
        string program,
        IReadOnlyList<string> arguments,
        CancellationToken cancel,
        string? where = null
    )
    {
        var result = await runner
            .ResultAsync(
                new ProcessSpec(program, arguments)
                {
                    WorkingDirectory = where,
                    Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
                },
                cancel
            )
            .ConfigureAwait(false);
        if (result.ExitCode == 0)
            return result.OutputText;
        throw new ImageException(
            $"{program} ended with {result.Exit}: {ErrorSummary.In(result.ErrorText)}",
            result.ErrorText + result.OutputText
        );
    }

    /// <summary>How the program ended, whatever its exit code.</summary>
    /// <exception cref="ImageException">The program is missing.</exception>
    public static async Task<ProcessResult> ResultAsync(
        this IProcessRunner runner,
        ProcessSpec spec,
        CancellationToken cancel
    )
    {
        try
        {
            return await runner.RunAsync(spec, cancel).ConfigureAwait(false);
        }
        catch (ProgramNotFoundException e)
        {
            throw new ImageException($"{spec.Program} is not installed: run scripts/setup", inner: e);
        }
    }
}
