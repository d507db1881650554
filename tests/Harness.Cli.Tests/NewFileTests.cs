using System.Diagnostics;
using Harness.Cli.Actions;
using Harness.Processes;

namespace Harness.Cli.Tests;

/// <summary>Where a report is written to.</summary>
public sealed class NewFileTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("new-file-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_file_that_is_not_there_is_made()
    {
        string path = Path.Combine(_folder, "report");
        NewFile.ReplaceText(path, w => w.Write("new"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(Directory.EnumerateFiles(_folder), Has.Exactly(1).Items);
    }

    [Test]
    public void A_file_is_replaced_and_nothing_is_left_beside_it()
    {
        string path = Path.Combine(_folder, "report");
        File.WriteAllText(path, "old");
        NewFile.ReplaceText(path, w => w.Write("new"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
        Assert.That(Directory.EnumerateFiles(_folder), Has.Exactly(1).Items);
    }

    [Test]
    public void A_file_that_can_t_be_written_to_the_end_stays_as_it_was()
    {
        string path = Path.Combine(_folder, "report");
        File.WriteAllText(path, "old");
        Assert.That(() => NewFile.ReplaceText(path, _ => throw new IOException("full")), Throws.TypeOf<IOException>());
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.EnumerateFiles(_folder), Has.Exactly(1).Items);
    }

    [Test]
    public void A_symbolic_link_stays_one_and_the_file_behind_it_is_replaced()
    {
        string path = Path.Combine(_folder, "link");
        string target = Path.Combine(_folder, "target");
        File.CreateSymbolicLink(path, target);
        NewFile.ReplaceText(path, w => w.Write("new"));
        Assert.That(new FileInfo(path).LinkTarget, Is.EqualTo(target));
        Assert.That(File.ReadAllText(target), Is.EqualTo("new"));
    }

    [Test]
    public void A_device_is_written_to_and_stays_a_device()
    {
        NewFile.ReplaceText("/dev/null", w => w.Write("new"));
        Assert.That(FileStatus.Of("/dev/null"), Is.EqualTo(new FileStatus(IsRegular: false, 0)));
        Assert.That(() => NewFile.ReplaceText("/dev/full", w => w.Write("new")), Throws.InstanceOf<IOException>());
        Assert.That(FileStatus.Of("/dev/full")?.IsRegular, Is.False);
    }

    [Test]
    public async Task A_fifo_is_written_to()
    {
        string path = Path.Combine(_folder, "fifo");
        using (var mkfifo = Process.Start("mkfifo", path))
            await mkfifo.WaitForExitAsync();
        var reading = Task.Run(() => File.ReadAllText(path));
        NewFile.ReplaceText(path, w => w.Write("new"));
        Assert.That(await reading, Is.EqualTo("new"));
        Assert.That(FileStatus.Of(path)?.IsRegular, Is.False);
    }
}
