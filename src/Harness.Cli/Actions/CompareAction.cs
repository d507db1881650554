using Harness.Reports.Comparing;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class CompareAction
{
    public static int Execute(string a, string b, string path, bool all, bool json, HarnessConsole console)
    {
        var store = ResultStore.Open(path);
        var (before, after) = (StoredRuns.Find(store, a, counted: false), StoredRuns.Find(store, b, counted: false));
        if (before.Run.Id == after.Run.Id)
            throw new UsageException($"'{a}' and '{b}' are the same run: {before.Run.Id}");
        var comparison = Comparison.Of(store, before, after, all ? int.MaxValue : Comparison.FewExamples);
        if (json)
            new ComparisonJson(console.Out).Write(comparison, before, after);
        else
        {
            var known = store.KernelReports(before.Run.Id).Select(r => r.Title).ToHashSet(StringComparer.Ordinal);
            new ComparisonText(console.Report()).Write(
                comparison,
                before,
                after,
                [.. store.KernelReports(after.Run.Id).Where(r => !known.Contains(r.Title))]
            );
        }
        return comparison.Compared == 0 ? ExitCodes.Infrastructure
            : comparison.Count(ChangeKind.Regression) > 0 ? ExitCodes.Mismatch
            : ExitCodes.Ok;
    }
}
