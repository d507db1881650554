namespace Harness.Store;

/// <summary>A rule of a policy in the model of a run.</summary>
/// <param name="Stage">When it is evaluated: "registration", "change", "abort", "lookup", "map".</param>
/// <param name="Source">Kernel function, file and version, or a mail.</param>
/// <param name="Says">In one sentence.</param>
public sealed record RuleRecord(string Name, string Stage, string Source, string Says);

/// <summary>A rule on the path of a prediction.</summary>
/// <param name="At">
/// The step it was evaluated for: "registration", "change", or the number and kind of an access, "2 write".
/// </param>
/// <param name="Rule">Its name.</param>
public sealed record RuleStep(string At, string Rule);
