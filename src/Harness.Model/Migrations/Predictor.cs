using Harness.Model.Registers;
using Harness.Model.Tags;

namespace Harness.Model.Migrations;

/// <summary>Where a migration ends, given what both hosts decide. Pure and total.</summary>
public static class Predictor
{
    public static MigrationPrediction Predict(Migration migration, MigrationSide source, MigrationSide destination)
    {
        var left = source.Policy.Predict(source.Host, migration.OnSource);
        var come = destination.Policy.Predict(destination.Host, migration.OnDestination);
        IReadOnlyList<RefusedRegister> refused =
            source.Registers is { } saved && destination.Registers is { } own
                ? RegisterRestore.Predict(saved, own)
                : [];
        MigrationPrediction Ends(IReadOnlyList<MigrationEnd> ends, Statement rule) =>
            new(migration, left, come, ends, rule) { Refused = refused };

        if ((OnSource(migration, source, left) ?? BeforeRegisters(migration, source, destination, come)) is { } early)
            return Ends([early.End], early.Rule);
        var (late, rule) = Afterwards(migration, destination, come);
        if (!migration.AllRegisters || RegisterRestore.First(refused) is not { Count: > 0 } stoppers)
            return Ends([late], rule);
        MigrationEnd[] ends =
        [
            .. stoppers
                .SelectMany(r => r.Errnos)
                .Distinct()
                .Select(errno => new MigrationEnd(MigrationStage.Registers, errno)),
        ];
        return Ends(stoppers[^1].Certain ? ends : [.. ends, late], stoppers[^1].Rule);
    }

    private static (MigrationEnd End, Statement Rule)? OnSource(
        Migration migration,
        MigrationSide source,
        Prediction left
    ) =>
        !source.Makes(migration.PhysicalBits) ? (new(MigrationStage.Source, Errno.EINVAL), MigrationRule.IpaSize)
        : left.Registration != Errno.None ? (new(MigrationStage.Source, left.Registration), left.Deciding)
        : left.Accesses[0].Outcome is { Kind: not OutcomeKind.Mapped } never
            ? (new(MigrationStage.Source, never.Errno), left.Deciding)
        : left.Change is { Errno: not Errno.None } log ? (new(MigrationStage.DirtyLog, log.Errno), log.Path[^1])
        : null;

    private static (MigrationEnd End, Statement Rule)? BeforeRegisters(
        Migration migration,
        MigrationSide source,
        MigrationSide destination,
        Prediction come
    ) =>
        Missing(migration, source, destination) is { } missing
            ? (new(MigrationStage.Capability), MigrationRule.Relied(missing))
        : destination.WhyNoMemory is not null ? (new(MigrationStage.Memory, Errno.ENOENT), MigrationRule.MemoryThere)
        : !destination.Makes(migration.PhysicalBits) ? (new(MigrationStage.Vm, Errno.EINVAL), MigrationRule.IpaSize)
        : come.Registration != Errno.None ? (new(MigrationStage.Registration, come.Registration), come.Deciding)
        : null;

    private static ReliedCapability? Missing(Migration migration, MigrationSide source, MigrationSide destination) =>
        !migration.ChecksCapabilities
            ? null
            : ReliedCapability
                .Of(migration)
                .FirstOrDefault(r => !r.Suffices(source.Answer(r.Number), destination.Answer(r.Number)));

    private static (MigrationEnd End, Statement Rule) Afterwards(
        Migration migration,
        MigrationSide destination,
        Prediction come
    ) =>
        migration.Case is { Mte: true } c && (c.Slot & SlotFlags.LogDirtyPages) != 0 && destination.Policy.Tags.IsBusy
            ? (new(MigrationStage.Content, Errno.EBUSY), TagStatement.Busy)
        : come.Accesses[0].Outcome is { Kind: not OutcomeKind.Mapped } first
            ? (new(MigrationStage.FirstAccess, first.Errno), come.Deciding)
        : come.Accesses[^1].Outcome is { Kind: not OutcomeKind.Mapped } later
            ? (new(MigrationStage.Onward, later.Errno), come.Deciding)
        : (MigrationEnd.Resumed, come.Deciding);
}
