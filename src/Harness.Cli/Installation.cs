namespace Harness.Cli;

/// <summary>Where the harness's own files are: the repository that this program was built in.</summary>
internal static class Installation
{
    /// <summary>The repository's directory, or null where the program was taken out of it.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The repository's own harness.json, used where there is none nearer.</summary>
    public static string? ConfigurationFile =>
        Root is { } root && Path.Combine(root, Configuration.ConfigurationFile.Name) is var file && File.Exists(file) ? file : null;

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Harness.sln")))
                return at.FullName;
        return null;
    }
}
