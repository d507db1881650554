namespace Harness.Chaos;

/// <summary>The folder of one trial, with all that a harness may write to: what stays in it is a leftover.</summary>
internal sealed class Workplace : IDisposable
{
    public Workplace()
    {
        Folder = Directory.CreateDirectory(Path.Combine("/tmp", $"hc-{Guid.NewGuid():N}"[..11])).FullName;
        Temporary = Directory.CreateDirectory(Path.Combine(Folder, "t")).FullName;
        Data = Directory.CreateDirectory(Path.Combine(Folder, "d")).FullName;
    }

    public string Folder { get; }

    /// <summary>$TMPDIR of the harness.</summary>
    public string Temporary { get; }

    /// <summary>The folder of the database.</summary>
    public string Data { get; }

    public string Database => Path.Combine(Data, "results.db");

    /// <summary>In the environment of every process that the trial starts, and so of those that they start.</summary>
    public string Mark => Path.GetFileName(Folder);

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
