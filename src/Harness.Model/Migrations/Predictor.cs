namespace Harness.Model.Migrations;

/// <summary>Where a migration ends, given what both hosts decide. Pure and total.</summary>
public static class Predictor
{
    public static MigrationPrediction Predict(Migration migration, MigrationSide source, MigrationSide destination)
    {
        var left = source.Policy.Predict(source.Host, migration.OnSource);
        var come = destination.Policy.Predict(destination.Host, migration.OnDestination);
        var (end, rule) = End(migration, source, destination, left, come);
        return new MigrationPrediction(migration, left, come, [end], rule);
    }

    private static (MigrationEnd, Statement) End(
        Migration migration, MigrationSide source, MigrationSide destination, Prediction left, Prediction come)
    {
        if (migration.PhysicalBits > source.IpaLimit)
            return (new(MigrationStage.Source, Errno.EINVAL), MigrationRule.IpaSize);
        if (left.Registration != Errno.None)
            return (new(MigrationStage.Source, left.Registration), left.Deciding);
        if (left.Accesses[0].Outcome is { Kind: not OutcomeKind.Mapped } never)
            return (new(MigrationStage.Source, never.Errno), left.Deciding);
        if (left.Change is { Errno: not Errno.None } log)
            return (new(MigrationStage.DirtyLog, log.Errno), log.Path[^1]);

        if (destination.WhyNoMemory is not null)
            return (new(MigrationStage.Memory, Errno.ENOENT), MigrationRule.MemoryThere);
        if (migration.Asks)
            foreach (var relied in ReliedCapability.Of(migration))
                if (!relied.Suffices(source.Answer(relied.Number), destination.Answer(relied.Number)))
                    return (new(MigrationStage.Capability), MigrationRule.Relied(relied));
        if (migration.PhysicalBits > destination.IpaLimit)
            return (new(MigrationStage.Vm, Errno.EINVAL), MigrationRule.IpaSize);
        if (come.Registration != Errno.None)
            return (new(MigrationStage.Registration, come.Registration), come.Deciding);
        if (come.Accesses[0].Outcome is { Kind: not OutcomeKind.Mapped } first)
            return (new(MigrationStage.FirstAccess, first.Errno), come.Deciding);
        if (come.Accesses[^1].Outcome is { Kind: not OutcomeKind.Mapped } later)
            return (new(MigrationStage.Onward, later.Errno), come.Deciding);
        return (MigrationEnd.Resumed, come.Deciding);
    }
}
