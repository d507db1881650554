namespace Harness.Reports.Progress;

/// <summary>Decides when to write a plain line.</summary>
internal sealed class ProgressLines(TextWriter writer, TimeProvider time, TimeSpan repeat)
{
    private readonly Dictionary<string, (string Phase, string Text, long At)> _last = [];

    private int _ended;

    /// <summary>As below, and a line for the run whenever one of its several hosts has ended.</summary>
    public void Show(RunSnapshot run)
    {
        Show(run.Hosts);
        if (run.Hosts.Count == 1 || run.Ended == _ended)
            return;
        _ended = run.Ended;
        writer.WriteLine($"run: {run.Text}");
    }

    /// <summary>A line for each host with a new phase, or with a last line that is outdated.</summary>
    public void Show(IReadOnlyList<HostSnapshot> hosts)
    {
        foreach (var host in hosts)
        {
            string text = host.Text;
            if (
                _last.TryGetValue(host.Target, out var last)
                && (last.Text == text || (last.Phase == host.Phase && time.GetElapsedTime(last.At) < repeat))
            )
                continue;
            _last[host.Target] = (host.Phase, text, time.GetTimestamp());
            writer.WriteLine(Printable.Of($"{host.Target}: {text}"));
        }
    }
}
