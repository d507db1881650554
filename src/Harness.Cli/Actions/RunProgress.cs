using Harness.Model;
using Harness.Reports.Progress;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Runs.Judging;

namespace Harness.Cli.Actions;

/// <summary>Passes what happens in a run on to the display.</summary>
internal sealed class RunProgress(ProgressModel model, IReadOnlyList<string> targets, int cases) : IRunWatcher
{
    private readonly Dictionary<string, HostProgress> _hosts = targets.ToDictionary(t => t, model.Add);

    public void Phase(string target, string what)
    {
        if (what is "done" or "lost" or "stopped")
            _hosts[target].End(what);
        else
            _hosts[target].Phase(what);
    }

    public void Host(string target, HostProfile profile, Policy policy) => _hosts[target].Plan(cases);

    public void Verdict(string target, Case c, Verdict verdict) => _hosts[target].Count(VerdictWords.Of(verdict.Kind));
}
