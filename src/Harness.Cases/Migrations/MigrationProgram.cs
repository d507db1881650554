using Harness.Model.Migrations;
using Harness.Wire;

namespace Harness.Cases.Migrations;

/// <summary>One side of a migration, compiled: the program, and for each of its steps the stage that ends there if the step fails.</summary>
public sealed record MigrationProgram(WireProgram Program, IReadOnlyList<MigrationStage> Stages);
