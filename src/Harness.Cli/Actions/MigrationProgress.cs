using Harness.Reports.Progress;
using Harness.Runs.Judging;
using Harness.Runs.Migrating;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>
/// Forwards the progress of migrations to the display: one line for all of them, and one for each host as it starts.
/// </summary>
internal sealed class MigrationProgress : IMigrationWatcher
{
    private readonly HostProgress _all;
    private readonly Dictionary<string, HostProgress> _hosts;

    public MigrationProgress(ProgressModel model, IReadOnlyList<NamedTarget> targets, int migrations)
    {
        _all = model.Add("migrations", migrations);
        _all.Plan(migrations);
        _all.Phase("running");
        _hosts = targets.ToDictionary(t => t.Name, t => model.Add(t.Name));
    }

    public void Phase(string target, string what) => _hosts[target].Phase(what);

    public void Verdict(string pair, MigrationVerdict verdict) => _all.Count(Verdicts.Of(verdict.Verdict.Kind).Word);
}
