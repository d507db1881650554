namespace Harness.Cli;

/// <summary>
/// Locates the harness's own files: in the repository that this program was built in, or, installed as a tool, beside
/// it.
/// </summary>
internal static class Installation
{
    /// <summary>The repository's directory; null where the program is installed.</summary>
    public static string? Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The sources of guest images.</summary>
    public static string GuestImages { get; } = Path.Combine(Root ?? AppContext.BaseDirectory, "guest-images");

    /// <summary>The script that installs the packages that the harness needs.</summary>
    public static string Setup { get; } = Path.Combine(Root ?? AppContext.BaseDirectory, "scripts", "setup");

    /// <summary>The repository's own harness.json, used if there is none nearer.</summary>
    public static string? ConfigurationFile =>
        Root is { } root && Path.Combine(root, Configuration.ConfigurationFile.Name) is var file && File.Exists(file)
            ? file
            : null;

    /// <param name="program">
    /// The program's folder. A tool contains its files, and may be installed inside some other repository.
    /// </param>
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
