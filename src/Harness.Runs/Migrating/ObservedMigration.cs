using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Runs.Judging;

namespace Harness.Runs.Migrating;

/// <summary>One side of a migration, as far as it got.</summary>
/// <param name="End">Where it ended; <see cref="MigrationStage.Resumed"/> if nothing ended it.</param>
/// <param name="Seen">The results of the slot's set-up, the accesses and the change.</param>
/// <param name="How">What ended it, as text; null if the end alone shows that.</param>
public sealed record ObservedSide(MigrationEnd End, ObservedCase Seen, string? How = null)
{
    /// <summary>
    /// What maps the page under test after an access; null if that could not be read, or the access was not made.
    /// </summary>
    public Leaf? LeafAfter(int access) =>
        Seen.Accesses.Count > access
        && Seen.Accesses[access] is { LeafFrom: not null, Outcome.Kind: OutcomeKind.Mapped } seen
            ? seen.Outcome.Leaf
            : null;

    /// <summary>The guest made no progress: the last run had to be interrupted.</summary>
    public bool Stalled { get; init; }

    /// <summary>The slot's set-up was reached; else nothing of a prediction was tested.</summary>
    public bool WasTested { get; init; } = true;

    /// <summary>Whether a prediction agrees, as far as this side got.</summary>
    public bool Agrees(Prediction p) =>
        !WasTested
        || (
            p.Registration == Seen.Registration
            && (Seen.Change is null || (p.Change is not null && Seen.Change.Agrees(p.Change)))
            && Seen.Accesses.Count <= p.Accesses.Count
            && Seen.Accesses.Zip(p.Accesses).All(pair => pair.First.Agrees(pair.Second.Outcome))
        );
}

/// <summary>The result of a migration.</summary>
/// <param name="End">Where it ended.</param>
/// <param name="Source">The source's side.</param>
/// <param name="Destination">The destination's; null if it was not reached.</param>
/// <param name="How">What ended it, as text; null if the end alone shows that.</param>
public sealed record ObservedMigration(
    MigrationEnd End,
    ObservedSide Source,
    ObservedSide? Destination,
    string? How = null
)
{
    /// <summary>The registers that the destination refused, by the kernel's ids; null if none was restored.</summary>
    public IReadOnlyDictionary<ulong, Errno>? Refused { get; init; }

    /// <summary>The registers that the source lists and can't read: they are not migrated.</summary>
    public IReadOnlyDictionary<ulong, Errno> Unreadable { get; init; } = new Dictionary<ulong, Errno>();

    /// <summary>What mapped the page under test before the guest was stopped.</summary>
    public Leaf? Before => Source.LeafAfter(Math.Max(Source.Seen.Accesses.Count - 1, 0));

    /// <summary>What maps it after the guest has loaded from it on the destination.</summary>
    public Leaf? After => Destination?.LeafAfter(0);

    /// <summary>
    /// The observation as one value: with leaves only if the guest got to its first access on the destination.
    /// </summary>
    public MigrationOutcome Outcome =>
        End.Stage >= MigrationStage.FirstAccess && Before is { } before && After is { } after
            ? new([End], Model.Outcome.Mapped(before), Model.Outcome.Mapped(after), How)
            : new([End], null, null, How);

    /// <summary>"resumed, Normal-WB rwx to Device-nGnRE rw-", "registration EINVAL".</summary>
    public override string ToString() => Outcome.ToString();
}
