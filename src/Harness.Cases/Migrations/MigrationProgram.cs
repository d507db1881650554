using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>One side of a migration, compiled.</summary>
/// <param name="Program">What the probe executes.</param>
/// <param name="Stages">For each of its steps the stage that the migration ends in if the step fails.</param>
/// <param name="SetUp">The calls that set the memslot up.</param>
/// <param name="Runs">The guest's runs, in order.</param>
public abstract record MigrationProgram(
    ProbeProgram Program,
    IReadOnlyList<MigrationStage> Stages,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Runs
);

/// <summary>The source of the migration.</summary>
/// <param name="Registers">The vCPU's registers at the end.</param>
/// <param name="Code">The guest's code and tables.</param>
/// <param name="Memory">
/// The memory under test, copied several times; each result is an <see cref="IPagesResult"/>.
/// </param>
/// <param name="Capabilities">The capabilities that the VM relies on.</param>
public sealed record SourceProgram(
    ProbeProgram Program,
    IReadOnlyList<MigrationStage> Stages,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Runs,
    StepHandle<SaveRegistersResult> Registers,
    StepHandle<SavePagesResult> Code,
    IReadOnlyList<StepHandle> Memory,
    IReadOnlyList<StepHandle<ExtensionResult>> Capabilities
) : MigrationProgram(Program, Stages, SetUp, Runs)
{
    /// <summary>Dirty logging is enabled; null without pre-copy.</summary>
    public CompiledChange? DirtyLog { get; init; }

    /// <summary>The tags of the memory under test; null if it has none.</summary>
    public StepHandle<SaveTagsResult>? Tags { get; init; }
}

/// <summary>The destination of the migration.</summary>
public sealed record DestinationProgram(
    ProbeProgram Program,
    IReadOnlyList<MigrationStage> Stages,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Runs
) : MigrationProgram(Program, Stages, SetUp, Runs);

/// <summary>The VMM's check of the destination before it creates anything.</summary>
/// <param name="Program">What the probe executes.</param>
/// <param name="Capabilities">The capabilities that the VM relies on, in the source's order.</param>
public sealed record QuestionProgram(ProbeProgram Program, IReadOnlyList<StepHandle<ExtensionResult>> Capabilities);
