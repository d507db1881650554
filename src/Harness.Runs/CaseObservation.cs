using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs;

/// <summary>What a host did with a case in its last execution, from a stored run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Target">The host's name there.</param>
/// <param name="Profile">The host.</param>
/// <param name="Did">What it did.</param>
public sealed record CaseObservation(string Run, string Target, HostProfile Profile, ObservedCase Did)
{
    /// <summary>
    /// The newest observation of each kernel release on each kind of host, the newest run first. Results that can't be
    /// read any more, and hosts without facts, are skipped: an older run may have a usable one.
    /// </summary>
    public static IReadOnlyList<CaseObservation> Newest(ResultStore store, Case @case)
    {
        var found = new Dictionary<(string, HostFacts), CaseObservation>();
        foreach (var run in store.Runs())
        foreach (var host in run.Hosts.Where(h => h.Host.Facts is not null))
            if (Of(store, run.Run.Id, host, @case) is { } seen)
                found.TryAdd((seen.Profile.Release, seen.Profile.Host), seen);
        return [.. found.Values];
    }

    /// <summary>One host's last observation of a case; null if it has none that can be read.</summary>
    /// <param name="store">The run's store.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="host">With its facts.</param>
    /// <param name="case">The case.</param>
    public static CaseObservation? Of(ResultStore store, string run, HostSummary host, Case @case)
    {
        if (host.Host.Facts is null)
            return null;
        // Most runs executed other cases: that is known without reading the facts.
        if (store.Observations(host.Id, @case.Id) is not [.., var last])
            return null;
        try
        {
            var profile = FactsReader.Read(Messages.ReadFields(host.Host.Facts));
            var observation = StoredJson.ReadObservation(last);
            return observation.End == ObservationEnd.Completed
                ? new CaseObservation(
                    run,
                    host.Host.Target,
                    profile,
                    new ObservationReader(profile.Decoding).Read(
                        CaseCompiler.Compile(@case, profile.Abilities),
                        observation
                    )
                )
                : null;
        }
        catch (Exception e) when (e is FormatException or UnreadableObservationException or UnusableFactsException)
        {
            return null;
        }
    }
}
