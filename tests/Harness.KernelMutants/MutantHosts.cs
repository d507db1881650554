using System.Diagnostics;
using Harness.Chaos;
using Harness.Sabotage;

namespace Harness.KernelMutants;

/// <summary>Runs cases on hosts that boot a tree's kernel, as its developer does.</summary>
internal static class MutantHosts
{
    /// <param name="program">harness.dll.</param>
    /// <param name="tree">Has the kernel.</param>
    /// <param name="hosts">CPU/MODE, of harness.json.</param>
    /// <param name="filter">The cases.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static async Task<HarnessRun> RunAsync(
        string program,
        KernelTree tree,
        IEnumerable<string> hosts,
        string filter
    )
    {
        var clock = Stopwatch.StartNew();
        using var place = new Workplace();
        string[] arguments =
        [
            "run",
            "--config",
            Path.Combine(Repository.Root, "harness.json"),
            "--kernel",
            tree.Folder,
            .. hosts.SelectMany(h => new[] { "--target", $"{KernelTree.Track}/{h}" }),
            "--filter",
            filter,
            "--db",
            place.Database,
        ];
        using var run = HarnessProcess.Start(program, place, arguments, []);
        var end = await run.Ended.ConfigureAwait(false);
        const int Interrupted = 130;
        if (end.Code == Interrupted)
            throw new OperationCanceledException();
        return new HarnessRun(end, StoredRun.Read(place.Database)?.Rows ?? [], clock.Elapsed);
    }
}
