using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>
/// Signals to a real process, in the middle of a run: its two lab hosts accept a connection and then say nothing.
/// </summary>
[NonParallelizable]
public sealed class SignalTests
{
    private string _directory = "";
    private TcpListener _silent = new(IPAddress.Loopback, 0);

    private string Database => Path.Combine(_directory, "results.db");

    [SetUp]
    public void MakeHosts()
    {
        _directory = Directory.CreateTempSubdirectory("harness-signal-").FullName;
        _silent = new TcpListener(IPAddress.Loopback, 0);
        _silent.Start();
        int port = ((IPEndPoint)_silent.LocalEndpoint).Port;
        File.WriteAllText(
            Path.Combine(_directory, "harness.json"),
            $$"""
            {
              "targets": {
                "one": { "kind": "ssh", "destination": "root@127.0.0.1", "port": {{port}} },
                "two": { "kind": "ssh", "destination": "root@127.0.0.1", "port": {{port}} }
              },
              "suites": { "default": { "targets": ["one", "two"], "filter": "id=f247a6ff73a2" } }
            }
            """
        );
    }

    [TearDown]
    public void RemoveHosts()
    {
        _silent.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<HarnessProcess> RunningAsync(params string[] before)
    {
        var process = new HarnessProcess(_directory, before, ["run"]);
        var clock = Stopwatch.StartNew();
        while (!(File.Exists(Database) && _silent.Pending() && ResultStore.Open(Database).Runs().Count > 0))
        {
            Assert.That(process.HasExited, Is.False);
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromMinutes(1)), "no run was stored");
            await Task.Delay(100);
        }
        return process;
    }

    [TestCase("HUP")]
    [TestCase("INT")]
    [TestCase("TERM")]
    public async Task A_signal_stops_a_run_which_is_stored_as_interrupted(string signal)
    {
        using var process = await RunningAsync();
        process.Signal(signal);
        var (code, output, error) = await process.EndAsync();
        var (_, runs, _) = await HarnessProcess.RunAsync(_directory, "runs", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(130), output + error);
            Assert.That(error, Does.Contain("harness: the rest can be run later: "));
            Assert.That(runs, Does.Contain("\"state\":\"interrupted\"").And.Contain("\"exitCode\":130"));
        });
    }

    [Test]
    public async Task A_killed_run_differs_from_one_that_is_going_on()
    {
        using var process = await RunningAsync();
        var (_, before, _) = await HarnessProcess.RunAsync(_directory, "runs");
        process.Signal("KILL");
        await process.EndAsync();
        var (_, after, _) = await HarnessProcess.RunAsync(_directory, "runs");
        var (code, shown, error) = await HarnessProcess.RunAsync(_directory, "show");
        string id = ResultStore.Open(Database).Run()!.Run.Id;
        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain($"{id}  running").And.Not.Contain("died"));
            Assert.That(after, Does.Contain($"{id}  died").And.Contain($" run --resume {id}   # runs the rest"));
            Assert.That(code, Is.Zero, error);
            Assert.That(shown, Does.StartWith($"run {id}  died: process "));
            Assert.That(shown, Does.Contain("ended without finishing it"));
        });
    }

    [Test]
    public async Task Under_nohup_a_run_goes_on()
    {
        using var process = await RunningAsync("nohup");
        process.Signal("HUP");
        await Task.Delay(2000);
        Assert.That(process.HasExited, Is.False);
        process.Signal("TERM");
        Assert.That((await process.EndAsync()).Code, Is.EqualTo(130));
    }
}
