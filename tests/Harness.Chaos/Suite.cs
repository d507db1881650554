using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Harness.Chaos;

/// <summary>Injects faults one after the other, in rounds.</summary>
/// <param name="lab">The host.</param>
/// <param name="seed">Decides all moments, sizes and kinds.</param>
/// <param name="log">Receives a line for each injection, and one for everything that is wrong.</param>
internal sealed class Suite(Lab lab, int seed, TextWriter log)
{
    /// <summary>A run may be over before the fault meets it.</summary>
    private const int Attempts = 4;

    /// <summary>Injects each fault as often as its share says, and that as many times.</summary>
    /// <param name="faults">The kinds.</param>
    /// <param name="times">The number of rounds.</param>
    /// <param name="limit">No injection begins after this time.</param>
    /// <param name="cancel">No injection begins after this.</param>
    public async Task<IReadOnlyList<Tally>> RunAsync(
        IReadOnlyList<Fault> faults,
        int times,
        TimeSpan limit,
        CancellationToken cancel
    )
    {
        var clock = Stopwatch.StartNew();
        var tallies = faults.Select(f => new Tally(f)).ToList();
        foreach (var tally in tallies)
            if (tally.Fault.Needs is { } program && !Shell.Has(program))
                tally.NotHere = $"it needs {program}";
        // Every kind once before any kind twice: a suite that is ended early has all of them.
        for (int round = 0; round < times; round++)
        for (int turn = 0; turn < faults.Max(f => f.Share); turn++)
            foreach (var tally in tallies.Where(t => t.NotHere is null && t.Fault.Share > turn))
            {
                if (cancel.IsCancellationRequested || clock.Elapsed > limit)
                    return tallies;
                await InjectAsync(tally, round * tally.Fault.Share + turn).ConfigureAwait(false);
            }
        return tallies;
    }

    /// <summary>Injects a fault once.</summary>
    /// <param name="tally">Of its kind.</param>
    /// <param name="number">Of the injection: with the seed, it decides everything.</param>
    public async Task InjectAsync(Tally tally, int number)
    {
        string name = tally.Fault.Name;
        int before = tally.Injected;
        for (int attempt = 0; attempt < Attempts && tally.Injected == before; attempt++)
        {
            var clock = Stopwatch.StartNew();
            using var place = new Workplace();
            var trial = new Trial(lab, place, new Random(SeedOf(name, number, attempt)));
            try
            {
                await tally.Fault.Inject(trial).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                trial.Complain($"the injection failed: {e}");
            }
            if (trial.Front is { } front)
                await front.DisposeAsync().ConfigureAwait(false);
            tally.Add(trial, clock.Elapsed);
            foreach (string wrong in trial.Wrong.Take(8))
                log.WriteLine($"chaos: {name} {number}: WRONG: {wrong}");
            log.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"chaos: {name} {number}: {(trial.Injected == 0 ? "the run was over before" : trial.Wrong.Count == 0 ? "as it must be" : $"{trial.Wrong.Count} wrong")}, {clock.Elapsed.TotalSeconds:0.0} s"
                )
            );
            // What is wrong may be of a host that is damaged: the next fault gets a fresh one.
            if (trial.Wrong.Count > 0)
                await lab.ReplaceHostAsync().ConfigureAwait(false);
        }
    }

    private int SeedOf(string name, int number, int attempt) =>
        unchecked((int)Fnv1a(string.Create(CultureInfo.InvariantCulture, $"{seed} {name} {number} {attempt}")));

    private static uint Fnv1a(string text)
    {
        // FNV-1a: the same in every process.
        uint hash = 2166136261;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            hash = unchecked((hash ^ b) * 16777619);
        return hash;
    }
}
