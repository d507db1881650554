namespace Harness.Findings.Tests;

internal static class Repository
{
    /// <summary>The repository that the tests were built in.</summary>
    public static string Root { get; } = Find();

    /// <summary>Its findings.</summary>
    public static IReadOnlyList<Finding> Findings { get; } = FindingFiles.Load(Path.Combine(Root, FindingFiles.Folder));

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Harness.sln")))
            directory = directory.Parent ?? throw new FileNotFoundException("Harness.sln is nowhere above the tests");
        return directory.FullName;
    }
}
