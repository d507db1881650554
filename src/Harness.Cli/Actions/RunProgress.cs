using Harness.Model;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>Forwards the progress of a run to the display.</summary>
/// <param name="model">The displayed progress.</param>
/// <param name="cases">How many cases each target has.</param>
internal sealed class RunProgress(ProgressModel model, IReadOnlyList<KeyValuePair<string, int>> cases) : IRunWatcher
{
    private readonly Dictionary<string, (HostProgress Host, int Cases)> _hosts = cases.ToDictionary(
        c => c.Key,
        c => (model.Add(c.Key, c.Value), c.Value)
    );

    public void Phase(string target, string what)
    {
        if (what is "done" or "lost" or "stopped")
            _hosts[target].Host.End(what);
        else
            _hosts[target].Host.Phase(what);
    }

    public void Host(string target, HostProfile profile, Policy policy) =>
        _hosts[target].Host.Plan(_hosts[target].Cases);

    public void Verdict(string target, Case c, Verdict verdict) =>
        _hosts[target].Host.Count(Verdicts.Of(verdict.Kind).Word);
}
