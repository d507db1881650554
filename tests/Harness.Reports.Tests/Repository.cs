namespace Harness.Reports.Tests;

internal static class Repository
{
    /// <summary>A file of the repository that these tests were built in.</summary>
    public static string File(string name)
    {
        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
            if (System.IO.File.Exists(Path.Combine(at.FullName, name)))
                return Path.Combine(at.FullName, name);
        throw new FileNotFoundException(name);
    }
}
