using Harness.Model.Migrations;

namespace Harness.Model.Outcomes;

/// <summary>
/// Fields that one part of an outcome must have, as the outcome's JSON has them; a field that is null may be anything.
/// A pattern without fields accepts every outcome, and a case in which nothing was observed.
/// </summary>
public sealed record OutcomePattern
{
    /// <summary>"registration", an access, a change or an operation: "read", "log-off", "guest-load".</summary>
    public string? Of { get; init; }

    /// <summary>"mapped", "run-fails", ...: one of <see cref="Types"/>.</summary>
    public string? Type { get; init; }

    /// <summary>"EFAULT".</summary>
    public string? Errno { get; init; }

    /// <summary>"Normal-WB", "Normal-NC" or "Device-nGnRE".</summary>
    public string? Memory { get; init; }

    public bool? Write { get; init; }

    public bool? Execute { get; init; }

    /// <summary>3 for a page, 2 for a block.</summary>
    public int? Level { get; init; }

    /// <summary>Of a lifecycle case: what a load found.</summary>
    public string? Sees { get; init; }

    /// <summary>Of a migration: where it ended.</summary>
    public string? Stage { get; init; }

    /// <summary>All that <see cref="Type"/> may be.</summary>
    public static IReadOnlyList<string> Types => OutcomeJson.Types;

    public bool Matches(CaseOutcome? outcome) =>
        this == new OutcomePattern()
        || outcome switch
        {
            PartsOutcome parts => Stage is null && parts.Parts.Select(OutcomeJson.Part).Any(Matches),
            MigrationOutcome migration => migration.Ends.Any(e =>
                Is(Stage, MigrationEnd.Word(e.Stage)) && Is(Errno, OutcomeJson.Word(e.Errno))
            )
                && this == new OutcomePattern { Stage = Stage, Errno = Errno },
            _ => false,
        };

    /// <summary>What in it can never match, for whoever wrote it; null where nothing is wrong.</summary>
    public string? Fault =>
        Type is not null && !Types.Contains(Type)
            ? $"'{Type}' is not a valid type (allowed: {string.Join(", ", Types)})"
        : Errno is not null && !Enum.IsDefined(typeof(Errno), Errno)
            ? $"'{Errno}' is not an errno that the model knows (allowed: {string.Join(", ", Enum.GetNames<Errno>().Skip(1))})"
        : Memory is not null && !OutcomeJson.MemoryTypes.Contains(Memory)
            ? $"'{Memory}' is not a valid memory type (allowed: {string.Join(", ", OutcomeJson.MemoryTypes)})"
        : Stage is not null && !Enum.GetValues<MigrationStage>().Any(s => MigrationEnd.Word(s) == Stage)
            ? $"'{Stage}' is not a valid stage (allowed: {string.Join(", ", Enum.GetValues<MigrationStage>().Select(MigrationEnd.Word))})"
        : null;

    private bool Matches(PartJson part) =>
        Is(Of, part.Of ?? part.Step)
        && Is(Type, part.Type)
        && Is(Errno, part.Errno)
        && Is(Memory, part.Memory)
        && Is(Write, part.Write)
        && Is(Execute, part.Execute)
        && Is(Level, part.Level)
        && Is(Sees, part.Sees);

    private static bool Is<T>(T? wanted, T? found) => wanted is null || wanted.Equals(found);
}
