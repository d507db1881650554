using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Runs.Exploring;

/// <summary>Something that programs took from the host and that didn't come back.</summary>
/// <param name="What">"KiB of memory that nothing counts".</param>
/// <param name="More">How much more there is than before.</param>
public sealed record HostGrowth(string What, long More);

/// <summary>A growth that came again when the same programs were run again.</summary>
/// <param name="Growth">How much, when it was seen first.</param>
/// <param name="Runs">After how many programs.</param>
/// <param name="Programs">The fewest programs that show it when they are repeated as often.</param>
public sealed record HostLoss(HostGrowth Growth, int Runs, IReadOnlyList<ProgramCase> Programs);

/// <summary>
/// What a host has that programs must give back: VMs of processes that have exited, memory that nothing counts, and,
/// of the worker that was asked both times, its VMs, descriptors and mappings. What other processes of the host take
/// and give back is not in it.
/// </summary>
internal sealed class HostHealth
{
    /// <summary>
    /// Pages that were freed wait on lists of each processor (mm/page_alloc.c, free_unref_page()), which nothing
    /// counts.
    /// </summary>
    private const long SpareKiB = 24 * 1024;

    private const int DeadlineMs = 30_000;

    private readonly Dictionary<int, CountersResult> _ofWorkers = [];
    private readonly CountersResult _first;

    private HostHealth(Observation first)
    {
        _first = Counters(first)!;
        Add(first);
    }

    /// <summary>Reads the counters while nothing else runs.</summary>
    public static ProbeProgram Program { get; } = new("host-health", DeadlineMs, [new CountersStep()], Alone: true);

    /// <returns>Null if the counters couldn't be read.</returns>
    public static HostHealth? Begin(Observation first) => Counters(first) is null ? null : new HostHealth(first);

    /// <summary>What there is more of than at the beginning, beyond what varies.</summary>
    public IReadOnlyList<HostGrowth> Growth(Observation now)
    {
        if (Counters(now) is not { } counters)
            return [];
        var own = now.Pid is { } pid ? _ofWorkers.GetValueOrDefault(pid) : null;
        Add(now);
        (string What, long? More, long Spare)[] all =
        [
            ("VMs of processes that have exited", counters.Orphans - _first.Orphans, 0),
            ("KiB of memory that nothing counts", counters.UncountedKiB - _first.UncountedKiB, SpareKiB),
            ("VMs of a worker", counters.Vms - own?.Vms, 1),
            ("descriptors of a worker", counters.Descriptors - own?.Descriptors, 2),
            ("mappings of a worker", counters.Mappings - own?.Mappings, 2),
        ];
        return [.. all.Where(a => a.More > a.Spare).Select(a => new HostGrowth(a.What, a.More!.Value))];
    }

    private static CountersResult? Counters(Observation observation) =>
        observation.Steps is [CountersResult counters] ? counters : null;

    private void Add(Observation observation)
    {
        if (observation.Pid is { } pid && Counters(observation) is { } counters)
            _ofWorkers.TryAdd(pid, counters);
    }
}
