namespace Harness.Reports.Progress;

/// <summary>How far a run is: its hosts, in the order added.</summary>
public sealed class ProgressModel(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<HostProgress> _hosts = [];

    public HostProgress Add(string target)
    {
        var host = new HostProgress(target, time);
        lock (_lock)
            _hosts.Add(host);
        return host;
    }

    public IReadOnlyList<HostSnapshot> Snapshot()
    {
        lock (_lock)
            return [.. _hosts.Select(h => h.Snapshot())];
    }
}
