using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Runs.Exploring;

/// <summary>
/// Finds the programs that take something from a host for good: the same number of programs is run again, of all, of
/// one half, of a quarter, until one is left or none shows it alone. What does not come again is no loss.
/// </summary>
/// <param name="run">Runs programs, whatever they come to.</param>
/// <param name="read">Reads the host's counters (<see cref="HostHealth.Program"/>).</param>
internal sealed class LossHunt(Func<IReadOnlyList<ProgramCase>, Task> run, Func<Task<Observation>> read)
{
    /// <param name="growth">What was seen.</param>
    /// <param name="programs">The programs since the counters were right.</param>
    /// <returns>Null if it doesn't come again.</returns>
    public async Task<HostLoss?> FindAsync(HostGrowth growth, IReadOnlyList<ProgramCase> programs)
    {
        if (!await ShowsAsync(programs, programs.Count, growth).ConfigureAwait(false))
            return null;
        var least = programs;
        while (least.Count > 1)
        {
            ProgramCase[] first = [.. least.Take(least.Count / 2)];
            ProgramCase[] second = [.. least.Skip(first.Length)];
            if (await ShowsAsync(first, programs.Count, growth).ConfigureAwait(false))
                least = first;
            else if (await ShowsAsync(second, programs.Count, growth).ConfigureAwait(false))
                least = second;
            else
                break;
        }
        return new HostLoss(growth, programs.Count, least);
    }

    private async Task<bool> ShowsAsync(IReadOnlyList<ProgramCase> some, int times, HostGrowth growth)
    {
        if (HostHealth.Begin(await read().ConfigureAwait(false)) is not { } before)
            return false;
        await run([.. Enumerable.Range(0, times).Select(i => some[i % some.Count])]).ConfigureAwait(false);
        return before.Growth(await read().ConfigureAwait(false)).Any(g => g.What == growth.What);
    }
}
