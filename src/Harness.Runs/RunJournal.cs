using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs;

/// <summary>Notified of a host's run as it progresses.</summary>
public interface IRunWatcher
{
    void Phase(string target, string what);

    void Host(string target, HostProfile profile, Policy policy);

    void Verdict(string target, Case c, Verdict verdict);
}

/// <summary>Writes one host's run to the store, and notifies the watcher.</summary>
/// <param name="writer">The run's writer.</param>
/// <param name="hostId">The host's id in the store.</param>
/// <param name="record">What is known about the host before it responds.</param>
/// <param name="platform">What is known about its machine once it is up.</param>
/// <param name="watcher">Notified of everything.</param>
/// <param name="failed">Called once if the store can't be written any more.</param>
internal sealed class RunJournal(
    RunWriter writer,
    long hostId,
    HostRecord record,
    Func<IReadOnlyDictionary<string, string>> platform,
    IRunWatcher watcher,
    Action failed
) : IRunJournal
{
    private readonly Dictionary<string, List<AttemptRecord>> _attempts = [];
    private readonly Dictionary<string, List<KernelReport>> _reports = [];
    private readonly PendingWrites _writes = new(failed);
    private Policy? _policy;

    public void Phase(string what) => watcher.Phase(record.Target, what);

    public string? Host(HostProfile profile, Fields facts, Policy policy, string probeHash, ResumedHost? resumed)
    {
        var told = HostDescription.Of(record, profile, facts, policy, platform());
        if (resumed?.WhyNot(told) is { } changed)
            return changed;
        _policy = policy;
        watcher.Host(record.Target, profile, policy);
        _writes.Add(writer.DescribeHostAsync(hostId, told));
        _writes.Add(writer.AddRulesAsync(Run.ModelHash, policy.Name, Rules(policy)));
        return null;
    }

    /// <summary>All rules of a policy, as stored.</summary>
    internal static IReadOnlyList<RuleRecord> Rules(Policy policy) =>
        [
            .. Enum.GetValues<Stage>()
                .SelectMany(stage => policy.Rules(stage).Select(r => Record(r, stage.ToString().ToLowerInvariant()))),
            .. policy.Ownership.Transitions.Select(t => Record(t, "ownership")),
        ];

    private static RuleRecord Record(Statement statement, string stage) =>
        new(statement.Name, stage, statement.Source.ToString(), statement.Says);

    public void Attempt(Case c, int number, Observation observation, IReadOnlyList<KernelReport> reports)
    {
        if (!_attempts.TryGetValue(c.Id, out var list))
            _attempts[c.Id] = list = [];
        list.Add(new AttemptRecord(Messages.Text(observation)));
        if (reports.Count == 0)
            return;
        if (!_reports.TryGetValue(c.Id, out var earlier))
            _reports[c.Id] = earlier = [];
        earlier.AddRange(reports);
    }

    public void Known(KnownOnHost known) => _writes.Add(writer.AddKnownAsync(hostId, Records(known)));

    /// <summary>The results of known differences, as stored.</summary>
    internal static IReadOnlyList<KnownDifferenceRecord> Records(KnownOnHost known) =>
        [
            .. known.Met.Select(m => new KnownDifferenceRecord(
                m.Difference.Name,
                m.Difference.Definition,
                JudgingWords.Of(m.Difference.Culprit),
                m.Difference.Reason,
                m.Difference.Link,
                m.Expired,
                m.Asked,
                m.Met
            )),
        ];

    public void Verdict(Case c, Verdict verdict, int attempts, long micros)
    {
        _attempts.Remove(c.Id, out var made);
        _reports.Remove(c.Id, out var reports);
        var rule = _policy?.Statement(verdict.Rule);
        _writes.Add(
            writer.RecordAsync(
                new ResultRecord(
                    hostId,
                    c.Id,
                    Verdicts.Of(verdict.Kind).Word,
                    JudgingWords.Of(verdict.Culprit),
                    NullIfEmpty(verdict.Reason),
                    _policy?.Name,
                    NullIfEmpty(verdict.Rule),
                    rule?.Source.ToString(),
                    verdict.Predicted?.ToString(),
                    verdict.Observed?.ToString(),
                    [.. verdict.Evidence.Select(JudgingWords.Of)],
                    micros,
                    made,
                    NullIfEmpty(string.Join('\n', verdict.Details)),
                    verdict.Known,
                    [.. verdict.Path.Select(s => new RuleStep(s.At, s.Rule))]
                )
                {
                    PredictedJson = verdict.Predicted?.ToJson(),
                    ObservedJson = verdict.Observed?.ToJson(),
                    DescriptorsJson = ReadDescriptor.ToJson(verdict.Descriptors),
                    KernelReports = KernelReportRecords.Of(reports ?? []),
                    Breaches = verdict.Breaches,
                }
            )
        );
        watcher.Verdict(record.Target, c, verdict);
    }

    /// <summary>Waits until everything is committed.</summary>
    /// <exception cref="StoreException">Something could not be committed.</exception>
    public Task FlushAsync() => _writes.FlushAsync();

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
