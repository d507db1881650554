using Harness.Reports.Html;
using Harness.Runs.Resuming;
using Harness.Store;
using Harness.Store.History;

namespace Harness.Site;

/// <summary>A run with the database that has it.</summary>
public sealed class SiteRun(ResultStore store, RunHistory history)
{
    private readonly Dictionary<long, HostSummary> _hosts = history.Run.Hosts.ToDictionary(h => h.Id);

    public ResultStore Store { get; } = store;

    public RunHistory History { get; } = history;

    public RunSummary Run => History.Run;

    public string Id => Run.Run.Id;

    public DateTimeOffset Started => Run.Run.StartedUtc;

    /// <summary>Its state now: a run has died if its harness was killed.</summary>
    public RunStanding Standing { get; } = RunStanding.Of(history.Run);

    public bool IsRunning => Standing.State == States.Running;

    /// <summary>"good", "doubt" or "bad".</summary>
    public string Tone => Page.Tone(Level);

    /// <summary>"green", "amber" or "red".</summary>
    public string Colour => Level.ToString().ToLowerInvariant();

    public HostSummary Host(long id) => _hosts[id];

    /// <summary>Null if it was added after the run was read.</summary>
    public HostSummary? FindHost(long id) => _hosts.GetValueOrDefault(id);

    public HostSummary? Host(string target) => Run.Hosts.FirstOrDefault(h => h.Host.Target == target);

    private Level Level => Severity.Of(Run, History.Breaches.Count > 0);
}
