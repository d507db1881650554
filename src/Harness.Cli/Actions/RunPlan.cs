using System.Text.Json;
using Harness.Cli.Configuration;
using Harness.Images;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>
/// The part of a request that a stored run needs to be resumed: the machines at that time, and a kernel of the user.
/// </summary>
internal sealed record RunPlan(IReadOnlyDictionary<string, TargetConfiguration> Targets, LocalKernel? Kernel)
{
    public static string Text(RunRequest request) => Text(request.Targets, request.Kernel);

    public static string Text(IReadOnlyList<NamedTarget> targets, LocalKernel? kernel) =>
        JsonSerializer.Serialize(
            new RunPlan(targets.ToDictionary(t => t.Name, t => t.Target), kernel),
            ConfigurationSchema.Options
        );

    /// <exception cref="UsageException">The run was stored without it.</exception>
    public static RunPlan Of(RunSummary run)
    {
        try
        {
            if (run.Run.Request is { } text)
                return JsonSerializer.Deserialize<RunPlan>(text, ConfigurationSchema.Options)!;
        }
        catch (JsonException)
        {
            // Another harness wrote it.
        }
        throw new UsageException($"run {run.Run.Id} does not record its options: start a new run");
    }

    /// <exception cref="UsageException">The run has no such machine.</exception>
    public NamedTarget Target(string name) =>
        Targets.TryGetValue(name, out var target)
            ? new NamedTarget(name, target)
            : throw new UsageException($"the run has no configuration of '{name}': start a new run");
}
