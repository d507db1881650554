using System.Diagnostics;
using System.Globalization;
using System.Net;
using Harness.Site;
using Harness.Store;

namespace Harness.Bench;

/// <summary>
/// How long each kind of page takes over a year of nights. CPU time is of this process, the client included; it is more
/// reliable than wall-clock time on a shared machine.
/// </summary>
internal static class SiteBench
{
    /// <summary>The limit for a page, in milliseconds.</summary>
    private const double Limit = 300;

    /// <summary>A year of nights of 60 hosts, with as many results as make a million.</summary>
    private static readonly SyntheticShape s_year = new(365, 60, 48);

    /// <param name="args">A file to write or, if it exists, to read.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        string path = args is [var given]
            ? given
            : Path.Combine(Path.GetTempPath(), $"harness-bench-{s_year.Runs}x{s_year.Hosts}x{s_year.Cases}.db");
        if (!File.Exists(path))
            await SyntheticStore.WriteAsync(path, s_year);
        var store = ResultStore.Open(path);
        var (reading, cpu) = await TimedAsync(async () =>
        {
            await using var started = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
        });
        Console.WriteLine(
            Invariant($"{reading, 8:F0} ms, {cpu:F0} ms of processor: the server starts, and reads what it keeps")
        );
        await using var server = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        var runs = new Library([store]).Read().Runs;
        (reading, cpu) = await TimedAsync(() => Task.FromResult(new Content(runs)));
        Console.WriteLine(
            Invariant(
                $"{reading, 8:F0} ms, {cpu:F0} ms of processor: what is kept is put together, as for each page during a run"
            )
        );
        double slowest = 0;
        Console.WriteLine("   first     best   processor     KiB  page");
        foreach (var address in Pages(new Library([store]).Read()))
        {
            double first = 0,
                best = double.MaxValue,
                processor = double.MaxValue;
            int size = 0;
            for (int i = 0; i < 4; i++)
            {
                var (wall, spent) = await TimedAsync(async () => size = (await http.GetByteArrayAsync(address)).Length);
                if (i == 0)
                    first = wall;
                best = Math.Min(best, wall);
                processor = Math.Min(processor, spent);
            }
            slowest = Math.Max(slowest, processor);
            Console.WriteLine(Invariant($"{first, 8:F0} {best, 8:F0} {processor, 11:F0} {size >> 10, 7}  {address}"));
        }
        if (slowest <= Limit)
            return 0;
        Console.Error.WriteLine(Invariant($"a page takes {slowest:F0} ms of processor: more than {Limit:F0}"));
        return 1;
    }

    private static IEnumerable<string> Pages(Content content)
    {
        var run = content.Runs.First(r => r.Run.State == States.Finished);
        var finding = content.Findings.First(f => f.Verdict == Verdicts.Mismatch);
        string rule = content.Rules.First().Name;
        return
        [
            Address.Home.Path,
            Address.Runs.Path,
            Address.Suite(content.Suites[0].Name).Path,
            Address.Run(run.Id).Path,
            Address.Hosts.Path,
            Address.Host(run.Run.Hosts[0].Host.Target).Path,
            Address.Kernels.Path,
            Address.Kernel(content.Kernels[^1]).Path,
            Address.Findings.Path,
            Address.Finding(finding.Id).Path,
            Address.Rules.Path,
            Address.Rule(rule).Path,
            Address.Case(finding.Seen[0].Example).Path,
            Address.Compare.Path,
            Address.Comparison(content.Before(run)!.Id, run.Id).Path,
            $"{Address.Search.Path}?q=pfnmap%20block",
        ];
    }

    private static async Task<(double Wall, double Processor)> TimedAsync(Func<Task> operation)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await operation();
        return (
            watch.Elapsed.TotalMilliseconds,
            (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds
        );
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
