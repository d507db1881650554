namespace Harness.Reports.Tests;

/// <summary>A directory and a store of nights for each test.</summary>
public abstract class NightsFixture
{
    private protected string Directory { get; private set; } = "";

    private protected Nights Nights { get; private set; } = null!;

    [SetUp]
    public void MakeDirectory()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("harness-nights-").FullName;
        Nights = new Nights(Directory);
    }

    [TearDown]
    public void RemoveDirectory() => System.IO.Directory.Delete(Directory, recursive: true);
}
