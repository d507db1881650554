using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>A case that is not what it was.</summary>
/// <param name="Before">The verdict then; null where the case was not asked.</param>
/// <param name="After">The verdict now; null where the case is not asked any more.</param>
internal sealed record CaseChange(string Target, string CaseId, string? Before, string? After, string? ObservedBefore, string? ObservedAfter);

/// <summary>What changed since the last run that compares: host by host, as the view <c>previous_host</c> pairs them.</summary>
/// <param name="Against">The runs compared with, newest first, each with its hosts.</param>
/// <param name="Alone">Hosts that no earlier run compares with.</param>
internal sealed record RunChanges(
    IReadOnlyList<(string Run, IReadOnlyList<string> Targets)> Against,
    IReadOnlyList<string> Alone,
    IReadOnlyList<CaseChange> Regressions,
    IReadOnlyList<CaseChange> Fixes,
    IReadOnlyList<CaseChange> Added,
    IReadOnlyList<CaseChange> Vanished,
    IReadOnlyList<CaseChange> Unstable,
    IReadOnlyList<CaseChange> Others,
    int Same)
{
    public static RunChanges Read(ResultStore store, RunSummary run)
    {
        var previous = store.PreviousHosts(run.Run.Id).ToDictionary(p => p.Host);
        List<CaseChange> regressions = [], fixes = [], added = [], vanished = [], unstable = [], others = [];
        int same = 0;
        foreach (var host in run.Hosts.Where(h => previous.ContainsKey(h.Id)))
        {
            string target = host.Host.Target;
            var before = new Dictionary<string, BriefResult>(StringComparer.Ordinal);
            store.EachResult(previous[host.Id].Previous, r => before[r.CaseId] = r);
            store.EachResult(host.Id, now =>
            {
                if (!before.Remove(now.CaseId, out var then))
                {
                    added.Add(new CaseChange(target, now.CaseId, null, now.Verdict, null, now.Observed));
                    return;
                }
                if (now.Verdict == then.Verdict && now.Observed == then.Observed)
                {
                    same++;
                    return;
                }
                Kind(then.Verdict, now.Verdict, regressions, fixes, unstable, others)
                    .Add(new CaseChange(target, now.CaseId, then.Verdict, now.Verdict, then.Observed, now.Observed));
            });
            vanished.AddRange(before.Values.Select(then => new CaseChange(target, then.CaseId, then.Verdict, null, then.Observed, null)));
        }
        return new RunChanges(
            [.. run.Hosts.Where(h => previous.ContainsKey(h.Id)).GroupBy(h => previous[h.Id].PreviousRun).OrderByDescending(g => g.Key, StringComparer.Ordinal)
                .Select(g => (g.Key, (IReadOnlyList<string>)[.. g.Select(h => h.Host.Target)]))],
            [.. run.Hosts.Where(h => !previous.ContainsKey(h.Id)).Select(h => h.Host.Target)],
            regressions, fixes, added, vanished, unstable, others, same);
    }

    private static List<CaseChange> Kind(string then, string now, List<CaseChange> regressions, List<CaseChange> fixes, List<CaseChange> unstable, List<CaseChange> others) =>
        then == Verdicts.Unstable || now == Verdicts.Unstable ? unstable
        : IsFine(then) && IsWrong(now) ? regressions
        : IsWrong(then) && IsFine(now) ? fixes
        : others;

    private static bool IsFine(string verdict) => verdict is Verdicts.Match or Verdicts.Erratum or Verdicts.Known;

    private static bool IsWrong(string verdict) => verdict is Verdicts.Mismatch or Verdicts.Crash or Verdicts.Hang or Verdicts.Disagreement;
}
