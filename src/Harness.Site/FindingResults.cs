using Harness.Store;

namespace Harness.Site;

/// <summary>The results of the newest run with a finding that have it.</summary>
internal static class FindingResults
{
    public static IReadOnlyList<ResultRow> Of(Finding finding)
    {
        var store = finding.Last.Store;
        var rows = new List<ResultRow>();
        foreach (var on in finding.Seen.TakeWhile(s => s.Run == finding.Last))
        {
            if (finding.Kind == FindingKind.Verdict)
            {
                store.ForEachResult(on.Host.Id, finding.Verdict, row =>
                {
                    if (Finding.IdOf(row.Verdict, row.Rule, row.Reason) == finding.Id)
                        rows.Add(row);
                });
                continue;
            }
            var having =
                finding.Kind == FindingKind.Property
                    ? store
                        .BrokenProperties(on.Host.Id)
                        .Where(b => b.Contains(finding.Title))
                        .Select(b => b.Key)
                        .ToHashSet()
                    : store.CasesWithReport(on.Host.Id, finding.Title).ToHashSet();
            store.ForEachResult(on.Host.Id, null, row =>
            {
                if (having.Contains(row.CaseId))
                    rows.Add(row);
            });
        }
        return rows;
    }
}
