using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Harness.EndToEnd;

/// <summary>Trouble on the way is told as what it is: never a kernel's fault, and never lost.</summary>
[Category("Qemu")]
public partial class TroubleTests
{
    private const int Sigint = 2;
    private const int Sigkill = 9;

    [Test]
    public async Task A_QEMU_that_is_killed_loses_only_what_was_still_to_come_and_that_is_infrastructure()
    {
        using var cli = new Cli();
        var process = cli.Start("run", "--target", "nofwb", "--filter", "family=core & size=page & late=no & mte=no", "--db", cli.Database);
        var end = Cli.EndAsync(process);
        await FirstResultsAsync(cli, 50);
        Assert.That(Kill(QemuOf(process.Id), Sigkill), Is.Zero);

        var (code, output, error) = await end;
        Assert.That(code, Is.EqualTo(3), error + output);
        var (run, results) = cli.Stored();
        var verdicts = results["nofwb"].GroupBy(r => r.Verdict).ToDictionary(g => g.Key, g => g.Count());
        Assert.That(verdicts.Keys, Is.EquivalentTo(new[] { "match", "infrastructure" }));
        Assert.That(verdicts["match"], Is.GreaterThanOrEqualTo(50));
        Assert.That(verdicts.Values.Sum(), Is.EqualTo(run.Hosts[0].Planned));
        Assert.That(results["nofwb"].First(r => r.Verdict == "infrastructure").Reason, Does.Contain("QEMU").And.Contain("signal 9"));
    }

    [Test]
    public async Task Ctrl_C_keeps_what_is_finished_and_leaves_no_QEMU_behind()
    {
        using var cli = new Cli();
        var process = cli.Start("run", "--target", "fwb", "--filter", "family=core & size=page & late=no & mte=no", "--db", cli.Database);
        var end = Cli.EndAsync(process);
        await FirstResultsAsync(cli, 20);
        int qemu = QemuOf(process.Id);
        Assert.That(Kill(process.Id, Sigint), Is.Zero);

        var (code, _, error) = await end;
        Assert.That(code, Is.EqualTo(130), error);
        Assert.That(Directory.Exists($"/proc/{qemu}"), Is.False);
        var (run, results) = cli.Stored();
        Assert.That(run.State, Is.EqualTo("interrupted"));
        Assert.That(results["fwb"].Select(r => r.Verdict).Distinct(), Is.EquivalentTo(new[] { "match", "planned" }));
    }

    /// <summary>Waits, without a limit of its own, for results to be stored by the run that is under way.</summary>
    private static async Task FirstResultsAsync(Cli cli, int matches)
    {
        while (true)
        {
            try
            {
                if (Store.ResultStore.Open(cli.Database).Run() is { } run
                    && run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault("match")) >= matches)
                    return;
            }
            catch (Store.StoreException)
            {
                // The file is still to come.
            }
            await Task.Delay(200);
        }
    }

    /// <summary>The QEMU that a harness process started: the one whose parent it is.</summary>
    private static int QemuOf(int harness) => Process.GetProcesses().First(p => p.ProcessName.StartsWith("qemu-system", StringComparison.Ordinal)
        && AncestorsOf(p.Id).Contains(harness)).Id;

    private static IEnumerable<int> AncestorsOf(int pid)
    {
        while (pid > 1)
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            pid = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            yield return pid;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
