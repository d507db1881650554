using Harness.Cli.Configuration;
using Harness.Processes;
using Harness.Reports;

namespace Harness.Cli;

/// <summary>Commands in messages, complete: they work when they are pasted into the same shell.</summary>
internal static class Hint
{
    /// <summary>How the user started this program; scripts/harness sets it.</summary>
    private const string ProgramVariable = "HARNESS_PROGRAM";

    /// <summary>The beginning of every command.</summary>
    public static string Program { get; } =
        Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } program
            ? ShellQuote.Word(program)
            : RerunCommand.Program;

    /// <param name="arguments">Quoted where that is needed.</param>
    /// <param name="database">The database that it uses; named unless it is the usual one.</param>
    public static string Command(string arguments, string database, string directory) =>
        $"{Program} {arguments}{Db(database, directory)}";

    /// <summary>" --db FILE", or nothing if the command uses this file anyway.</summary>
    private static string Db(string database, string directory)
    {
        string usual = Path.Combine(
            (ConfigurationFile.Find(directory) ?? Installation.ConfigurationFile) is { } file
                ? Path.GetDirectoryName(file)!
                : directory,
            "results.db"
        );
        if (Path.GetFullPath(database, directory) == Path.GetFullPath(usual, directory))
            return "";
        string relative = Path.GetRelativePath(directory, Path.GetFullPath(database, directory));
        return $" --db {ShellQuote.Word(relative.StartsWith("..", StringComparison.Ordinal) ? database : relative)}";
    }
}
