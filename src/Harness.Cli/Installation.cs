namespace Harness.Cli;

/// <summary>
/// Where the harness's own files are: in the repository that this program was built in, or, installed as a tool, beside
/// it.
/// </summary>
internal static class Installation
{
    /// <summary>The repository's directory; null where the program is installed.</summary>
    public static string? Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>What guest images are made of.</summary>
    public static string GuestImages { get; } = Path.Combine(Root ?? AppContext.BaseDirectory, "guest-images");

    /// <summary>The script that installs the packages that the harness needs.</summary>
    public static string Setup { get; } = Path.Combine(Root ?? AppContext.BaseDirectory, "scripts", "setup");

    /// <summary>The repository's own harness.json, used where there is none nearer.</summary>
    public static string? ConfigurationFile =>
        Root is { } root && Path.Combine(root, Configuration.ConfigurationFile.Name) is var file && File.Exists(file)
            ? file
            : null;

    /// <param name="program">The program's folder. A tool brings its files along, and may be installed in somebody's
    /// repository.</param>
    internal static string? Find(string program)
    {
        if (Directory.Exists(Path.Combine(program, "guest-images")))
            return null;
        for (var at = new DirectoryInfo(program); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Harness.sln")))
                return at.FullName;
        return null;
    }
}
