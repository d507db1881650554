using Harness.Model.Migrations;

namespace Harness.Model.Outcomes;

/// <summary>
/// Fields that one part of an outcome must have, as in the outcome's JSON; a null field matches anything. A pattern
/// without fields matches every outcome, and a case without any observation.
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

    /// <summary>For a lifecycle case: what a load returned.</summary>
    public string? Sees { get; init; }

    /// <summary>For a program: the word that a load returned.</summary>
    public int? Word { get; init; }

    /// <summary>Whether a load returned other memory than what is behind the address.</summary>
    public bool? Foreign { get; init; }

    /// <summary>For a migration: the stage that it ended in.</summary>
    public string? Stage { get; init; }

    /// <summary>All values of <see cref="Type"/>.</summary>
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

    /// <summary>Why the pattern can never match, as an error message for its author; null if it is valid.</summary>
    public string? Fault =>
        Type is not null && !Types.Contains(Type)
            ? $"'{Type}' is not a valid type (allowed: {string.Join(", ", Types)})"
        : Errno is not null && !Enum.IsDefined(typeof(Errno), Errno)
            ? $"'{Errno}' is not a known errno (allowed: {string.Join(", ", Enum.GetNames<Errno>().Skip(1))})"
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
        && Is(Sees, part.Sees)
        && Is(Word, part.Word)
        && Is(Foreign, part.Foreign ?? false);

    private static bool Is<T>(T? wanted, T? found) => wanted is null || wanted.Equals(found);
}
