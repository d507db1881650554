namespace Harness.Store;

/// <summary>One migration between one pair of targets of a stored run.</summary>
/// <param name="Host">The pair's, as in <see cref="HostSummary.Id"/>.</param>
/// <param name="Source">The source target.</param>
/// <param name="Destination">The destination target; may be the same.</param>
/// <param name="CaseId">The migration's id.</param>
/// <param name="Class">"migration:..."</param>
/// <param name="Title">The migration's key, as a filter takes it.</param>
/// <param name="Definition">Its attributes, a JSON object.</param>
/// <param name="Verdict">One of <see cref="Verdicts"/>; planned if it was not reached.</param>
/// <param name="Culprit">One of <see cref="Culprits"/>.</param>
/// <param name="Reason">For people, one line.</param>
/// <param name="Rule">The rule contradicted, or the one that decided.</param>
/// <param name="Migration">Its result, as far as it got; null while it is planned.</param>
public sealed record MigrationRow(
    long Host,
    string Source,
    string Destination,
    string CaseId,
    string Class,
    string Title,
    string Definition,
    string Verdict,
    string Culprit,
    string? Reason,
    string? Rule,
    MigrationRecord? Migration
)
{
    /// <summary>The predicted outcome as JSON; null in rows written before version 7 of the schema.</summary>
    public string? PredictedJson { get; init; }
}
