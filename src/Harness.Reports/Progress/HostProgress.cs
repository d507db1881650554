using Harness.Store;

namespace Harness.Reports.Progress;

/// <summary>The progress of one host. Written by its run, read by the display; thread-safe.</summary>
/// <param name="target">Its name.</param>
/// <param name="expected">How many cases it will have; 0 if that is unknown before it responds.</param>
/// <param name="time">The clock.</param>
public sealed class HostProgress(string target, int expected, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _verdicts = [];
    private string _phase = HostSnapshot.Waiting;
    private int _total;
    private int _executed;
    private long _since;
    private TimeSpan _took;
    private bool _ended;

    /// <summary>The host's current phase: "booting", "deploying", "running".</summary>
    public void Phase(string phase)
    {
        lock (_lock)
            _phase = phase;
    }

    /// <summary>The number of cases planned. The clock for cases per second starts.</summary>
    public void Plan(int cases)
    {
        lock (_lock)
        {
            _total = cases;
            _since = time.GetTimestamp();
        }
    }

    /// <summary>Counts a verdict.</summary>
    public void Count(string verdict)
    {
        lock (_lock)
        {
            _verdicts[verdict] = _verdicts.GetValueOrDefault(verdict) + 1;
            if (verdict is not (Verdicts.Skip or Verdicts.OutsideModel))
                _executed++;
        }
    }

    /// <summary>The host has ended, for any reason.</summary>
    public void End(string how)
    {
        lock (_lock)
        {
            _phase = how;
            _took = time.GetElapsedTime(_since);
            _ended = true;
        }
    }

    public HostSnapshot Snapshot()
    {
        lock (_lock)
        {
            int done = _verdicts.Values.Sum();
            double seconds = _total == 0 ? 0 : (_ended ? _took : time.GetElapsedTime(_since)).TotalSeconds;
            // Skipped cases took no time, so they are not used to estimate the time left.
            double? rate = _executed > 0 && seconds > 0 ? _executed / seconds : null;
            TimeSpan? left = rate is { } r && !_ended ? TimeSpan.FromSeconds((_total - done) / r) : null;
            return new HostSnapshot(
                target,
                _phase,
                done,
                _total,
                new Dictionary<string, int>(_verdicts),
                rate,
                left,
                _ended
            )
            {
                Expected = _total > 0 ? _total : expected,
            };
        }
    }
}
