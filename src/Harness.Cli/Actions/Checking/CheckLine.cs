using Harness.Runs.Readiness;

namespace Harness.Cli.Actions.Checking;

/// <summary>Something that a host lacks.</summary>
/// <param name="Part">A word for programs: "exporter", "trace".</param>
/// <param name="Lacks">What is missing, and why.</param>
/// <param name="Costs">What is lost by that.</param>
/// <param name="Cases">How many cases are skipped; null if none is.</param>
/// <param name="Mend">What mends it; null if nothing does.</param>
internal sealed record CheckLine(string Part, string Lacks, string Costs, CaseCount? Cases, Mend? Mend);

/// <summary>What mends something.</summary>
/// <param name="Command">Works when it is pasted into the user's shell; null if there is none.</param>
/// <param name="Advice">What to do otherwise, or null.</param>
internal sealed record Mend(string? Command, string? Advice = null);
