namespace Harness.Reports.Progress;

/// <summary>Decides which plain lines are worth writing.</summary>
internal sealed class ProgressLines(TextWriter writer, TimeProvider time, TimeSpan repeat)
{
    private readonly Dictionary<string, (string Phase, string Text, long At)> _last = [];

    /// <summary>A line for each host whose phase is new, or whose last line is old and out of date.</summary>
    public void Show(IReadOnlyList<HostSnapshot> hosts)
    {
        foreach (var host in hosts)
        {
            string text = host.Text;
            if (_last.TryGetValue(host.Target, out var last)
                && (last.Text == text || (last.Phase == host.Phase && time.GetElapsedTime(last.At) < repeat)))
                continue;
            _last[host.Target] = (host.Phase, text, time.GetTimestamp());
            writer.WriteLine(Printable.Of($"{host.Target}: {text}"));
        }
    }
}
