using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>One side of a migration, compiled.</summary>
/// <param name="Program">What the probe executes.</param>
/// <param name="Stages">For each of its steps the stage that ends there if the step fails.</param>
/// <param name="SetUp">The calls that set the memslot up.</param>
/// <param name="Runs">The guest's runs, in their order.</param>
public abstract record MigrationProgram(
    ProbeProgram Program,
    IReadOnlyList<MigrationStage> Stages,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Runs
);

/// <summary>The side that the VM leaves.</summary>
/// <param name="Registers">What its vCPU holds in the end.</param>
/// <param name="Code">The guest's code and tables.</param>
/// <param name="Memory">The memory under test, one time after another; each result is an
/// <see cref="IPagesResult"/>.</param>
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
    /// <summary>Dirty logging is switched on; null without pre-copy.</summary>
    public CompiledChange? DirtyLog { get; init; }
}

/// <summary>The side that the VM comes to.</summary>
public sealed record DestinationProgram(
    ProbeProgram Program,
    IReadOnlyList<MigrationStage> Stages,
    IReadOnlyList<StepHandle> SetUp,
    IReadOnlyList<CompiledAccess> Runs
) : MigrationProgram(Program, Stages, SetUp, Runs);

/// <summary>What a VMM asks the destination before it makes anything.</summary>
/// <param name="Program">What the probe executes.</param>
/// <param name="Capabilities">The capabilities that the VM relies on, in the order of the source's.</param>
public sealed record QuestionProgram(ProbeProgram Program, IReadOnlyList<StepHandle<ExtensionResult>> Capabilities);
