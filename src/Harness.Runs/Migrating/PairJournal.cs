using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>Notified of migrations as they happen.</summary>
public interface IMigrationWatcher
{
    /// <summary>A host's current phase: booting, deploying the probe.</summary>
    void Phase(string target, string what);

    void Verdict(string pair, MigrationVerdict verdict);
}

/// <summary>Writes the results of pairs to the store, and notifies the watcher.</summary>
/// <param name="writer">The run's writer.</param>
/// <param name="watcher">Notified of everything.</param>
/// <param name="failed">Called if the store can't be written any more.</param>
internal sealed class PairJournal(RunWriter writer, IMigrationWatcher watcher, Action failed)
{
    private readonly PendingWrites _writes = new(failed);

    /// <summary>Both hosts of a pair have responded: their descriptions.</summary>
    public void Pair(long id, MigrationHost from, MigrationHost to)
    {
        _writes.Add(writer.DescribeHostAsync(id, HostRecord.Pair(from.Description, to.Description)));
        foreach (var policy in new[] { from.Known!.Policy, to.Known!.Policy }.Distinct())
            _writes.Add(writer.AddRulesAsync(Run.ModelHash, policy.Name, RunJournal.Rules(policy)));
    }

    public void Verdict(long id, string pair, Migration migration, Move move, JudgedHost? from, JudgedHost? to)
    {
        var v = move.Result.Verdict;
        // The destination decides most; the rule belongs to the policy that contains it.
        var policy = new[] { to?.Policy, from?.Policy }.OfType<Policy>().FirstOrDefault(p => p.Has(v.Rule));
        _writes.Add(
            writer.RecordAsync(
                new ResultRecord(
                    id,
                    migration.Id,
                    Verdicts.Of(v.Kind).Word,
                    JudgingWords.Of(v.Culprit),
                    NullIfEmpty(v.Reason),
                    (policy ?? to?.Policy)?.Name,
                    NullIfEmpty(v.Rule),
                    policy?.Statement(v.Rule)?.Source.ToString(),
                    v.Predicted?.ToString(),
                    v.Observed?.ToString(),
                    [.. v.Evidence.Select(JudgingWords.Of)],
                    move.Observations.Sum(o => o.Micros),
                    [.. move.Observations.Select(o => new AttemptRecord(Messages.Text(Carried(o))))],
                    NullIfEmpty(string.Join('\n', v.Details)),
                    v.Known,
                    [.. v.Path.Select(s => new RuleStep(s.At, s.Rule))]
                )
                {
                    PredictedJson = v.Predicted?.ToJson(),
                    ObservedJson = v.Observed?.ToJson(),
                    DescriptorsJson = ReadDescriptor.ToJson(v.Descriptors),
                    KernelReports = KernelReportRecords.Of(move.Observations.SelectMany(KernelReportRecords.In)),
                    Breaches = v.Breaches,
                    Migration = move.Result.Record,
                }
            )
        );
        watcher.Verdict(pair, move.Result);
    }

    /// <summary>The results of the known differences that cover migrations on a pair.</summary>
    public void Known(long id, KnownOnHost known) => _writes.Add(writer.AddKnownAsync(id, RunJournal.Records(known)));

    public void Finished(long id, string state, string? reason) =>
        _writes.Add(writer.FinishHostAsync(id, state, reason));

    /// <summary>Waits until everything is committed.</summary>
    /// <exception cref="StoreException">Something could not be committed.</exception>
    public Task FlushAsync() => _writes.FlushAsync();

    /// <summary>
    /// Without the content of pages, only their offsets: it is no evidence, and would add gigabytes per night.
    /// </summary>
    private static Observation Carried(Observation o) =>
        o with
        {
            Steps =
            [
                .. o.Steps.Select(s =>
                    s switch
                    {
                        SavePagesResult saved => saved with { Pages = Offsets(saved.Pages) },
                        DirtyPagesResult dirty => dirty with { Pages = Offsets(dirty.Pages) },
                        _ => s,
                    }
                ),
            ],
        };

    private static SavedPage[]? Offsets(IReadOnlyList<SavedPage>? pages) =>
        pages is null ? null : [.. pages.Select(p => p with { Content = [] })];

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
