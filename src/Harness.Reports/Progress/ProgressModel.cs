namespace Harness.Reports.Progress;

/// <summary>The progress of a run: its hosts, in the order added.</summary>
public sealed class ProgressModel(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<HostProgress> _hosts = [];
    private readonly long _since = time.GetTimestamp();

    /// <param name="target">The host's name.</param>
    /// <param name="expected">How many cases it will have; 0 if that is unknown before it responds.</param>
    public HostProgress Add(string target, int expected = 0)
    {
        var host = new HostProgress(target, expected, time);
        lock (_lock)
            _hosts.Add(host);
        return host;
    }

    public IReadOnlyList<HostSnapshot> Snapshot()
    {
        lock (_lock)
            return [.. _hosts.Select(h => h.Snapshot())];
    }

    /// <summary>All hosts at one moment.</summary>
    public RunSnapshot Overall() => new(Snapshot(), time.GetElapsedTime(_since));
}
