using System.Diagnostics;
using Harness.Sabotage;

namespace Harness.KernelMutants;

/// <summary>
/// Builds and measures mutants, one after another. With two trees the next one is built while one runs. The trees are
/// restored whatever happens.
/// </summary>
/// <param name="trees">One or two of the same source.</param>
/// <param name="measuring">Runs cases.</param>
/// <param name="baseline">The cases that must match with the source as it is.</param>
/// <param name="minutes">No measurement begins later.</param>
internal sealed class MutantRound(
    IReadOnlyList<KernelTree> trees,
    MutantMeasuring measuring,
    string baseline,
    double minutes
)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HashSet<string> _checked = [];
    private int _turn;

    /// <param name="mutants">What is measured.</param>
    /// <param name="measured">Called for each.</param>
    /// <param name="cancel">Ends it after what is under way.</param>
    /// <returns>The mutants that don't fit the source, or don't compile.</returns>
    /// <exception cref="MutantException">With the source as it is, not every case matches.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(
        IReadOnlyList<KernelMutant> mutants,
        Action<Measurement> measured,
        CancellationToken cancel
    )
    {
        foreach (var hosts in mutants.Select(m => m.Hosts).DistinctBy(h => string.Join(' ', h)))
            if (hosts.Where(_checked.Add).ToList() is { Count: > 0 } left)
                await measuring.CheckBaselineAsync(trees[0], left, baseline).ConfigureAwait(false);
        var faults = new List<string>();
        var built = new Queue<(KernelMutant Mutant, Task<KernelTree> Tree)>();
        var waiting = new Queue<KernelMutant>(mutants);
        try
        {
            while (Next() is { } now)
            {
                KernelTree tree;
                try
                {
                    tree = await now.Tree.ConfigureAwait(false);
                }
                catch (MutantException e)
                {
                    faults.Add(e.Message);
                    continue;
                }
                if (trees.Count > 1)
                    Begin();
                measured(await measuring.MeasureAsync(now.Mutant, tree).ConfigureAwait(false));
                tree.Restore(now.Mutant.File);
            }
        }
        finally
        {
            foreach (var (_, tree) in built)
                await tree.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            foreach (var tree in trees)
                tree.RestoreAll();
        }
        return faults;

        void Begin()
        {
            if (waiting.Count == 0 || cancel.IsCancellationRequested || _clock.Elapsed.TotalMinutes > minutes)
                return;
            var mutant = waiting.Dequeue();
            var tree = trees[_turn++ % trees.Count];
            built.Enqueue((mutant, BuildAsync(tree, mutant, cancel)));
        }

        (KernelMutant Mutant, Task<KernelTree> Tree)? Next()
        {
            if (built.Count == 0)
                Begin();
            return built.TryDequeue(out var next) ? next : null;
        }
    }

    private static async Task<KernelTree> BuildAsync(KernelTree tree, KernelMutant mutant, CancellationToken cancel)
    {
        await tree.ApplyAsync(mutant, cancel).ConfigureAwait(false);
        return tree;
    }
}
