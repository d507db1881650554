using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Runs.Sharding;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>The hosts of a run with their cases: all of them, or those of one shard.</summary>
/// <param name="Targets">Those to execute.</param>
/// <param name="Cases">The cases of each.</param>
/// <param name="Record">Null if the run is not cut.</param>
internal sealed record RequestedHosts(
    IReadOnlyList<NamedTarget> Targets,
    IReadOnlyList<IReadOnlyList<Case>> Cases,
    ShardRecord? Record
)
{
    /// <summary>A host that QEMU boots can be cut: every controller boots one of its own.</summary>
    public static RequestedHosts Of(RunRequest request, Func<NamedTarget, IReadOnlyList<Case>> casesOf)
    {
        IReadOnlyList<IReadOnlyList<Case>> cases = [.. request.Targets.Select(casesOf)];
        if (request.Shard is not { } shard)
            return new RequestedHosts(request.Targets, cases, null);
        var plan = ShardPlan.Of(
            [.. request.Targets.Zip(cases, (t, c) => (t.Name, t.Target is QemuTargetConfiguration, c))],
            shard.Part.Of,
            shard.SecondsPerCase
        );
        var part = plan.Shards[shard.Part.Number - 1];
        return new RequestedHosts(
            [.. part.Select(h => request.Targets[h.Host])],
            [.. part.Select(h => h.Cases)],
            new ShardRecord([shard.Part.Number], shard.Part.Of, plan.Hash, plan.Cases, shard.Night)
        );
    }
}
