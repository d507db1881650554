using Harness.Processes;

namespace Harness.Chaos;

/// <summary>Programs of this machine that faults are made with.</summary>
internal static class Shell
{
    private static readonly ProcessRunner s_runner = new();

    /// <exception cref="ProcessFailedException">It ended with another exit code than 0.</exception>
    public static async Task RunAsync(string program, params string[] arguments) =>
        (await s_runner.RunAsync(new ProcessSpec(program, arguments)).ConfigureAwait(false)).EnsureSuccess();

    /// <summary>Whether a program is there, in PATH or where administrators' programs are.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Append("/usr/sbin")
            .Append("/sbin")
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
