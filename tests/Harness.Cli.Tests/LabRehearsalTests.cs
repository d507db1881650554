using System.Diagnostics;

namespace Harness.Cli.Tests;

/// <summary>
/// scripts/lab-host rehearse on a machine where it can't be done: one clear error, and nothing is started.
/// </summary>
public sealed class LabRehearsalTests
{
    private string _folder = null!;

    private string Bin => Path.Combine(_folder, "bin");

    [SetUp]
    public void Make()
    {
        _folder = Directory.CreateTempSubdirectory("lab-rehearsal-test").FullName;
        Directory.CreateDirectory(Bin);
        foreach (string tool in (string[])["bash", "dirname", "awk"])
            File.CreateSymbolicLink(Path.Combine(Bin, tool), Where(tool));
        foreach (string tool in (string[])["qemu-system-aarch64", "ssh", "ssh-keygen", "python3", "sqlite3"])
            File.CreateSymbolicLink(Path.Combine(Bin, tool), Where("true"));
    }

    [TearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Without_a_disk_it_says_how_one_is_made()
    {
        var (code, error) = Rehearse();
        Assert.That(code, Is.EqualTo(2), error);
        Assert.That(error, Does.StartWith("lab-host: there is no disk: scripts/lab-host build").And.Not.Contain("\n"));
    }

    [TestCase("qemu-system-aarch64")]
    [TestCase("sqlite3")]
    [TestCase("python3")]
    public void A_tool_that_is_missing_is_named(string tool)
    {
        File.Delete(Path.Combine(Bin, tool));
        var (code, error) = Rehearse("settings");
        Assert.That(code, Is.EqualTo(2), error);
        Assert.That(error, Does.Contain($"there is no {tool}: scripts/setup").And.Not.Contain("\n"));
    }

    [Test]
    public void An_unknown_part_is_refused_with_those_that_there_are()
    {
        var (code, error) = Rehearse("login");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("logins").And.Contain("folders").And.Contain("settings"));
    }

    private (int Code, string Error) Rehearse(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(Installation.Root!, "scripts", "lab-host"));
        start.ArgumentList.Add("rehearse");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["PATH"] = Bin;
        start.Environment["HARNESS_CACHE"] = _folder;
        start.Environment["TMPDIR"] = _folder;
        using var process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.EqualTo(new[] { Bin }), "nothing was started");
        return (process.ExitCode, error.TrimEnd('\n'));
    }

    private static string Where(string tool) =>
        ((string[])["/usr/bin", "/bin"]).Select(f => Path.Combine(f, tool)).First(File.Exists);
}
