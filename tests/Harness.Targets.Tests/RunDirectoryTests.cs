using System.Text.Json.Nodes;
using Harness.Processes;

namespace Harness.Targets.Tests;

public class RunDirectoryTests
{
    private readonly ProcessRunner _runner = new();
    private string _parent = "";

    [SetUp]
    public void MakeParent() => _parent = Directory.CreateTempSubdirectory("runs").FullName;

    [TearDown]
    public void RemoveParent() => Directory.Delete(_parent, recursive: true);

    [Test]
    public void It_is_private_and_goes_with_its_owner()
    {
        var directory = RunDirectory.Create("t", _parent);
        Assert.That(
            File.GetUnixFileMode(directory.Path),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
        );
        directory.Dispose();
        Assert.That(Directory.Exists(directory.Path), Is.False);
    }

    [Test]
    public void A_path_too_long_for_sockets_is_refused_with_what_to_do()
    {
        var deep = Path.Combine(_parent, new string('d', 80));
        Directory.CreateDirectory(deep);
        var thrown = Assert.Throws<TargetException>(() => RunDirectory.Create("t", deep));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain("TMPDIR"));
    }

    [Test]
    public void A_folder_that_can_t_be_written_is_refused_with_its_path()
    {
        var thrown = Assert.Throws<TargetException>(() => RunDirectory.Create("t", "/proc/self/fdinfo"));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain("/proc/self/fdinfo can't be used: ").And.Contain("TMPDIR"));
    }

    [Test]
    public async Task Processes_and_folders_of_a_dead_harness_are_ended_and_removed()
    {
        var directory = RunDirectory.Create("t", _parent);
        await using var child = Child(directory);
        Orphan(directory);

        var ended = await RunDirectory.ReapAsync(_parent);

        Assert.That(ended, Has.Count.EqualTo(1));
        Assert.That(ended[0], Does.StartWith("qemu (pid "));
        Assert.That(child.Session.Leader.IsAlive, Is.False);
        Assert.That(Directory.Exists(directory.Path), Is.False);
    }

    [Test]
    public async Task Folders_of_a_running_harness_are_kept()
    {
        using var directory = RunDirectory.Create("t", _parent);
        await using var child = Child(directory);
        Assert.That(await RunDirectory.ReapAsync(_parent), Is.Empty);
        Assert.That(child.Session.Leader.IsAlive);
        Assert.That(Directory.Exists(directory.Path));
    }

    [TestCase("Pid", "a process of another start time: the number was given anew")]
    [TestCase("BootId", "a process of another boot")]
    [TestCase("CommandLine", "a process that does not name the folder")]
    public async Task Processes_not_provably_ours_are_left_alone(string doubt, string why)
    {
        var directory = RunDirectory.Create("t", _parent);
        var named = doubt == "CommandLine" ? "/somewhere/else" : directory.PathOf("m");
        await using var child = _runner.Start(new ProcessSpec("sh", "-c", "sleep 1003 # " + named));
        directory.Record("qemu", child);
        Orphan(directory);
        if (doubt == "Pid")
            Change(directory.PathOf("qemu.pid.json"), "StartTicks", child.Session.Leader.StartTicks - 1);
        if (doubt == "BootId")
            Change(directory.PathOf("qemu.pid.json"), "BootId", "another");

        Assert.That(await RunDirectory.ReapAsync(_parent), Is.Empty);
        Assert.That(child.Session.Leader.IsAlive, why);
    }

    [Test]
    public async Task A_folder_with_invalid_files_is_ignored()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_parent, "s2h-other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "owner.json"), "{ half");
        Assert.That(await RunDirectory.ReapAsync(_parent), Is.Empty);
        Assert.That(Directory.Exists(folder), "who owns it is not known");
    }

    private ChildProcess Child(RunDirectory directory)
    {
        var child = _runner.Start(new ProcessSpec("sh", "-c", "sleep 1003; : " + directory.PathOf("m")));
        // The starting process has not been replaced by sh yet, and during execve a process has no command line.
        Assert.That(
            () => string.Join(' ', child.Session.Leader.CommandLine()),
            Does.Match("^[^ ]*sh -c ").After(10_000, 5)
        );
        directory.Record("qemu", child);
        return child;
    }

    /// <summary>As if the owner were gone: only the kernel's own processes start at tick 0.</summary>
    private static void Orphan(RunDirectory directory) => Change(directory.PathOf("owner.json"), "StartTicks", -1);

    private static void Change(string file, string name, JsonNode value)
    {
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json[name] = value;
        File.WriteAllText(file, json.ToJsonString());
    }
}
