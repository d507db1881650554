using Harness.Cases.Migrations;
using Harness.Model.Migrations;
using Harness.Store;

namespace Harness.Runs.Resuming;

/// <summary>The rest of a run of migrations that did not finish.</summary>
/// <param name="Run">The run.</param>
/// <param name="Pairs">The pairs with migrations that have no verdict yet.</param>
public sealed record MigrationResumption(RunSummary Run, IReadOnlyList<ResumedPair> Pairs)
{
    /// <param name="store">The store.</param>
    /// <param name="run">The run.</param>
    /// <param name="probeHash">The probe that would execute the rest.</param>
    /// <exception cref="ResumeException">
    /// It is finished, is still executed, or this harness would execute or judge the rest differently.
    /// </exception>
    public static MigrationResumption Of(ResultStore store, RunSummary run, string probeHash)
    {
        Resumption.Check(run, probeHash);
        return new MigrationResumption(
            run,
            [
                .. run
                    .Hosts.Where(h => h.State != States.Finished)
                    .Select(h => PairOf(store, h))
                    .Where(p => p.Left.Count > 0),
            ]
        );
    }

    private static ResumedPair PairOf(ResultStore store, HostSummary pair)
    {
        var (left, earlier) = Resumption.Parts(store, pair, MigrationOf, AllMigrations.Attributes);
        return new ResumedPair(pair, left, earlier);
    }

    private static Migration MigrationOf(ResultRow row) =>
        AllMigrations.Find(row.Title)
        ?? throw new ResumeException(
            $"run {row.Run}: this harness does not know its migration {row.CaseId} ({row.Title}): start a new run"
        );
}

/// <summary>A pair that continues where it was.</summary>
/// <param name="Stored">Its stored state.</param>
/// <param name="Left">Its migrations that have no verdict yet, in the order planned.</param>
/// <param name="Earlier">Its existing verdicts.</param>
public sealed record ResumedPair(
    HostSummary Stored,
    IReadOnlyList<Migration> Left,
    IReadOnlyList<EarlierVerdict> Earlier
)
{
    /// <summary>Why the rest can't be executed on the hosts that respond now, or null.</summary>
    public string? WhyNot(HostRecord source, HostRecord destination)
    {
        var (from, to) = (Stored.Host.Sides!.Source, Stored.Host.Sides.Destination);
        return ResumedHost.WhyNot(from, source) is { } one ? $"{from.Target}: {one}"
            : ResumedHost.WhyNot(to, destination) is { } other ? $"{to.Target}: {other}"
            : null;
    }
}
