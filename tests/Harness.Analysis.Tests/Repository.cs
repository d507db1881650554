namespace Harness.Analysis.Tests;

internal static class Repository
{
    /// <summary>A committed file, relative to the repository that the tests were built in.</summary>
    public static string File(string path)
    {
        var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!System.IO.File.Exists(Path.Combine(directory.FullName, "Harness.sln")))
            directory = directory.Parent ?? throw new FileNotFoundException("Harness.sln is nowhere above the tests");
        return Path.Combine(directory.FullName, path);
    }
}
