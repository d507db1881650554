using Harness.Processes;

namespace Harness.Images;

/// <summary>Programs that either do their work or end the build.</summary>
internal static class Programs
{
    /// <returns>stdout.</returns>
    /// <exception cref="ImageException">The program is missing or failed.</exception>
    public static async Task<string> RunAsync(
        this IProcessRunner runner, string program, IReadOnlyList<string> arguments, CancellationToken cancel, string? where = null)
    {
        try
        {
            var result = await runner.RunAsync(new ProcessSpec(program, arguments)
            {
                WorkingDirectory = where,
                Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
            }, cancel).ConfigureAwait(false);
            if (result.ExitCode == 0)
                return result.OutputText;
            string said = result.ErrorText.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
            throw new ImageException($"{program} ended with {result.Exit}: {said}", result.ErrorText + result.OutputText);
        }
        catch (ProgramNotFoundException e)
        {
            throw new ImageException($"{program} is not installed: run scripts/setup", inner: e);
        }
    }
}
