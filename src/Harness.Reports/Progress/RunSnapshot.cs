using System.Globalization;

namespace Harness.Reports.Progress;

/// <summary>The progress of a run at one moment, over all its hosts.</summary>
/// <param name="Hosts">In the order added.</param>
/// <param name="Elapsed">Since the run began.</param>
public sealed record RunSnapshot(IReadOnlyList<HostSnapshot> Hosts, TimeSpan Elapsed)
{
    /// <summary>Hosts that have ended, for any reason.</summary>
    public int Ended => Hosts.Count(h => h.Ended);

    /// <summary>Hosts that have not started.</summary>
    public int Waiting => Hosts.Count(h => !h.Ended && h.Phase == HostSnapshot.Waiting);

    public int Done => Hosts.Sum(h => h.Done);

    public int Expected => Hosts.Sum(h => h.Expected);

    /// <summary>
    /// Time left if the rest takes as long per case as the cases so far, including boots; null before the first host
    /// has ended and after the last.
    /// </summary>
    public TimeSpan? Left =>
        Ended == 0 || Ended == Hosts.Count || Done == 0 || Expected <= Done
            ? null
            : Elapsed * ((double)(Expected - Done) / Done);

    /// <summary>"3 of 24 hosts done, 2 running, 19 waiting; 450/3600 cases; about 6 min left".</summary>
    public string Text
    {
        get
        {
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{Ended} of {Hosts.Count} hosts done, {Hosts.Count - Ended - Waiting} running, {Waiting} waiting; {Done}/{Expected} cases"
            );
            return Left is { } left ? $"{text}; about {HostSnapshot.TimeText(left)} left" : text;
        }
    }
}
