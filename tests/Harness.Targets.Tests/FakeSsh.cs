using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>A folder with a copy of fake-ssh in it, and its instructions.</summary>
internal sealed class FakeSsh : IDisposable
{
    public FakeSsh()
    {
        Folder = Directory.CreateTempSubdirectory("fake").FullName;
        Program = Path.Combine(Folder, "ssh");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "fake-ssh"), Program);
        Directory.CreateDirectory(Path.Combine(Folder, "fake"));
        Run = RunDirectory.Create("lab", Folder);
    }

    public string Folder { get; }

    public string Program { get; }

    public RunDirectory Run { get; }

    public ProcessRunner Runner { get; } = new();

    public SshOptions Options => new("lab1") { Program = Program };

    public int MasterPid => int.Parse(File.ReadAllText(Path.Combine(Folder, "master.pid")));

    public FakeSsh Ask(string word, string text = "")
    {
        File.WriteAllText(Path.Combine(Folder, "fake", word), text);
        return this;
    }

    public Task<IConnection> ConnectAsync(SshOptions? options = null) =>
        new SshTransport(Runner, "lab", options ?? Options, Run).ConnectAsync();

    public void Dispose()
    {
        Run.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
