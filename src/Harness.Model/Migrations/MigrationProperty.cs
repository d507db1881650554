namespace Harness.Model.Migrations;

/// <summary>A migration's end, with what mapped the page under test before and after it, if known.</summary>
public readonly record struct MovedPage(Migration Migration, MigrationEnd End, Leaf? Before, Leaf? After);

/// <summary>A result that a migration must never have, whatever the two kernels are.</summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Says">What must hold, in one sentence.</param>
/// <param name="Source">The mail that requires it.</param>
/// <param name="Breaks">Whether an end violates it.</param>
public sealed record MigrationProperty(string Name, string Says, string Source, Func<MovedPage, bool> Breaks)
{
    private const string Patch = "[PATCH v3 1/1] KVM: arm64: Allow cacheable stage 2 mapping using VMA flags";

    public static MigrationProperty RefusedInTime { get; } =
        new(
            "refused-in-time",
            "A destination that can't take a VM refuses it when its slots are registered at the latest: no VM resumes and then fails at a fault.",
            $"Zyngier, quoted by Gunthorpe, 2025-03-31, on {Patch}: \"blow up on the first page fault. That's not an acceptable outcome\"",
            static m =>
                m.End.Stage is MigrationStage.FirstRun or MigrationStage.FirstAccess or MigrationStage.Onward
                && !m.Migration.Case.Late
        );

    public static MigrationProperty NoSilentWeakening { get; } =
        new(
            "no-silent-weakening",
            "A VM that resumes has memory of no weaker type than before: cacheable memory does not become Normal-NC or Device.",
            $"Gunthorpe, 2025-03-31, on {Patch}: \"we must block 'fallback to device' as a security fix\"",
            static m =>
                m.End.Stage == MigrationStage.Resumed
                && m is { Before: { } before, After: { } after }
                && after.Type > before.Type
        );

    public static MigrationProperty NothingLost { get; } =
        new(
            "nothing-lost",
            "A VM that resumes finds every register and every word of its memory as it left them, and its tags.",
            $"Gunthorpe, 2025-03-31, on {Patch}: data corruption is \"a safety issue\"",
            static m => m.End.Stage == MigrationStage.Data
        );

    public static IReadOnlyList<MigrationProperty> All { get; } = [RefusedInTime, NoSilentWeakening, NothingLost];

    /// <summary>The first property that an end violates, or null.</summary>
    public static MigrationProperty? BrokenBy(MovedPage moved) => All.FirstOrDefault(p => p.Breaks(moved));
}
