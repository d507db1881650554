namespace Harness.Processes;

/// <summary>Finds programs as execvp(3) does, but before the start, so that "not found" is a separate error.</summary>
public static class ProgramPath
{
    /// <returns>The path of the program; null if there is none.</returns>
    public static string? Find(string program, string? path = null)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return IsExecutable(program) ? program : null;
        path ??= Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & execute) != 0;
    }
}
