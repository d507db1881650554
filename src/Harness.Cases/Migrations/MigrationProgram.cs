using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>One side of a migration, compiled: the program, and for each of its steps the stage that ends there if the step fails.</summary>
public sealed record MigrationProgram(ProbeProgram Program, IReadOnlyList<MigrationStage> Stages);
