using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Cli.Actions;

/// <summary>Finds runs of a store by name.</summary>
internal static class StoredRuns
{
    public const string Last = "last";

    /// <summary>A synonym of last.</summary>
    public const string Newest = "newest";

    public const string Previous = "previous";

    /// <summary>What <see cref="Find"/> accepts, for help.</summary>
    public const string Words = "an id, a unique beginning of one, last (or newest), or previous";

    /// <param name="name">
    /// An id, a unique beginning of one, "last" or "newest", or "previous": the one before it, of the same suite if it
    /// has one.
    /// </param>
    /// <param name="counted">With counts of each host's verdicts, which takes a moment if they are many.</param>
    /// <exception cref="UsageException">There is none.</exception>
    public static RunSummary Find(ResultStore store, string name, bool counted = true)
    {
        string? id = name is Last or Newest ? null : name;
        if (name == Previous)
        {
            var last = Find(store, Last, counted: false);
            id = PreviousHosts.RunBefore(store, last.Run.Id)
                ?? throw new UsageException(
                    $"{store.Path} holds no run{(last.Run.Suite is { } suite ? $" of suite {suite}" : "")} before {last.Run.Id}"
                );
        }
        return (counted ? store.Run(id) : store.RunWithoutCounts(id))
            ?? throw new UsageException(
                id is null ? $"{store.Path} holds no run" : $"{store.Path} holds no run '{id}'"
            );
    }

    /// <summary>The host of a run by the name of its target, or all of them if that is null.</summary>
    /// <exception cref="UsageException">There is none, or the run is one of migrations.</exception>
    public static IReadOnlyList<HostSummary> Hosts(RunSummary run, string? target)
    {
        if (run.Hosts.Any(h => h.Host.Kind == Store.HostKinds.Pair))
            throw new UsageException(
                $"run {run.Run.Id} is one of migrations, each of which shows two hosts at once: name a run of cases"
            );
        var hosts = run.Hosts.Where(h => target is null || h.Host.Target == target).ToList();
        return hosts.Count > 0
            ? hosts
            : throw new UsageException(
                $"run {run.Run.Id} has no target '{target}' (it has: {string.Join(", ", run.Hosts.Select(h => h.Host.Target))})"
            );
    }
}
