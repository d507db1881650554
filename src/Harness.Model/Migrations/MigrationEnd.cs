namespace Harness.Model.Migrations;

/// <summary>How a migration ended, or may end.</summary>
/// <param name="Stage">The stage that it ended in.</param>
/// <param name="Errno">What the call that ended it returned; none if no call did.</param>
public readonly record struct MigrationEnd(MigrationStage Stage, Errno Errno = Errno.None)
{
    public static MigrationEnd Resumed { get; } = new(MigrationStage.Resumed);

    /// <summary>"registration EINVAL", "resumed".</summary>
    public override string ToString() => Errno == Errno.None ? Word(Stage) : $"{Word(Stage)} {Errno}";

    /// <summary>"first-access".</summary>
    public static string Word(MigrationStage stage) =>
        stage switch
        {
            MigrationStage.Source => "source",
            MigrationStage.DirtyLog => "dirty-log",
            MigrationStage.Memory => "memory",
            MigrationStage.Capability => "capability",
            MigrationStage.Vm => "vm",
            MigrationStage.Registration => "registration",
            MigrationStage.Vcpu => "vcpu",
            MigrationStage.Registers => "registers",
            MigrationStage.Content => "content",
            MigrationStage.FirstRun => "first-run",
            MigrationStage.FirstAccess => "first-access",
            MigrationStage.Data => "data",
            MigrationStage.Onward => "onward",
            _ => "resumed",
        };
}
