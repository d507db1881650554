using Harness.Model.Releases;
using Harness.Store;

namespace Harness.Findings;

/// <summary>What stored runs show of findings.</summary>
public static class StoredFindings
{
    private static readonly Lazy<IReadOnlyList<Finding>> s_carried = new(FindingFiles.Carried);

    /// <summary>A finding on every host of a run that has a result for one of its cases.</summary>
    public static IEnumerable<FindingResult> Of(ResultStore store, RunSummary run, IReadOnlyList<Finding> findings)
    {
        var ids = findings.SelectMany(f => f.Cases).Select(c => c.Case.Id).ToHashSet();
        foreach (var host in run.Hosts.Where(h => h.Host.Kind != HostKinds.Pair))
            if (SeenHost.Read(store, host, ids) is { } seen)
                foreach (var finding in findings.Where(f => f.Cases.Any(c => seen.Cases.ContainsKey(c.Case.Id))))
                    yield return FindingJudge.Judge(finding, seen);
            else
                foreach (var finding in findings.Where(f => f.Targets.Contains(host.Host.Target)))
                    yield return new FindingResult(
                        finding,
                        host.Host.Target,
                        null,
                        FindingStanding.NotRun,
                        host.Reason ?? "the host returned no facts",
                        []
                    );
    }

    /// <summary>
    /// The findings, of those that the program carries, that break a property on some of the releases.
    /// </summary>
    public static IReadOnlyList<string> That(string property, IReadOnlyList<string> releases)
    {
        KernelVersion[] versions = [.. releases.Select(KernelVersion.TryParse).OfType<KernelVersion>()];
        return
        [
            .. s_carried
                .Value.Where(f => f.Property == property && versions.Any(v => f.Of(v) == ReleaseStandpoint.Affected))
                .Select(f => f.Name),
        ];
    }

    /// <summary>
    /// The newest result of a finding on each target and release that shows something, the newest run first.
    /// </summary>
    public static IReadOnlyList<FindingResult> Newest(ResultStore store, Finding finding)
    {
        var newest = new Dictionary<(string, string?), FindingResult>();
        string[] runs =
        [
            .. finding
                .Cases.SelectMany(c => store.RunsOfCase(c.Case.Id))
                .Select(r => r.Run)
                .Distinct()
                .OrderDescending(StringComparer.Ordinal),
        ];
        foreach (string run in runs)
            if (store.RunWithoutCounts(run) is { } found)
                foreach (var result in Of(store, found, [finding]).Where(r => r.Seen.Count > 0))
                    newest.TryAdd((result.Target, result.Release), result);
        return [.. newest.Values];
    }
}
