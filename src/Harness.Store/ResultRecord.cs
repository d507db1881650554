namespace Harness.Store;

/// <summary>The verdict on one planned case of one host.</summary>
/// <param name="Host">From <see cref="RunWriter.AddHostAsync"/>.</param>
/// <param name="CaseId">A case planned on that host.</param>
/// <param name="Verdict">One of <see cref="Verdicts"/>, but not planned.</param>
/// <param name="Culprit">One of <see cref="Culprits"/>.</param>
/// <param name="Reason">
/// For people, one line; why it was skipped, lost or not confirmed. Reports count equal reasons.
/// </param>
/// <param name="Policy">The policy that predicted.</param>
/// <param name="Rule">The rule contradicted, or the one that decided.</param>
/// <param name="RuleSource">The source of that rule: kernel function and version.</param>
/// <param name="Predicted">The allowed outcomes, as text.</param>
/// <param name="Observed">The outcome, as text, one line.</param>
/// <param name="Evidence">The levels of evidence behind the verdict, strongest first.</param>
/// <param name="DurationMicros">Time on the target, in microseconds, over all attempts.</param>
/// <param name="Attempts">Each execution, in order; empty for a case that was not executed.</param>
/// <param name="Details">The decoded evidence, one item per line.</param>
/// <param name="Known">The known difference that explains it; with the verdict known only.</param>
/// <param name="Path">The rules on the path of the prediction, in order.</param>
public sealed record ResultRecord(
    long Host,
    string CaseId,
    string Verdict,
    string Culprit = Culprits.None,
    string? Reason = null,
    string? Policy = null,
    string? Rule = null,
    string? RuleSource = null,
    string? Predicted = null,
    string? Observed = null,
    IReadOnlyList<string>? Evidence = null,
    long DurationMicros = 0,
    IReadOnlyList<AttemptRecord>? Attempts = null,
    string? Details = null,
    string? Known = null,
    IReadOnlyList<RuleStep>? Path = null
)
{
    /// <summary>The allowed outcomes, JSON; null if there is no prediction.</summary>
    public string? PredictedJson { get; init; }

    /// <summary>The outcome, JSON; null if nothing was observed.</summary>
    public string? ObservedJson { get; init; }

    /// <summary>The stage-2 descriptors that were read, JSON; null if none was.</summary>
    public string? DescriptorsJson { get; init; }

    /// <summary>What the kernels reported meanwhile, each title once.</summary>
    public IReadOnlyList<KernelReportRecord> KernelReports { get; init; } = [];

    /// <summary>The safety properties that the observation violates, each once; not those of migrations.</summary>
    public IReadOnlyList<BreachRecord> Breaches { get; init; } = [];

    /// <summary>The result of the migration; for results of pairs only.</summary>
    public MigrationRecord? Migration { get; init; }
}

/// <summary>One execution of a case.</summary>
/// <param name="Observation">The observation as received, JSON.</param>
public sealed record AttemptRecord(string Observation);
