using Harness.Store;

namespace Harness.Cli;

/// <summary>What the harness tells its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Every case that was judged matches.</summary>
    public const int Ok = 0;

    /// <summary>
    /// A kernel did what the policy does not allow: a mismatch, a crash or a hang. Of identify: what no policy allows; of
    /// coverage: cases that leave something unnoticed; of bisect: the two ends decide alike.
    /// </summary>
    public const int Mismatch = 1;

    /// <summary>Bad usage or configuration; of db: a fault was found, or a file is refused.</summary>
    public const int Usage = 2;

    /// <summary>A host, a connection or the probe failed, or nothing could be judged.</summary>
    public const int Infrastructure = 3;

    /// <summary>
    /// A kernel whose release nobody has read decides otherwise than the nearest policy, and nothing worse: read what changed, or
    /// name a policy with --policy to hold it to that.
    /// </summary>
    public const int Unverified = 4;

    /// <summary>An error of the harness itself (sysexits.h: EX_SOFTWARE).</summary>
    public const int Internal = 70;

    /// <summary>Ctrl+C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>As help shows it.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, "all cases that were judged match, or meet a known erratum of the platform or a known difference; compare: nothing regressed"),
        (Mismatch, "a mismatch, a crash or a hang; identify: no policy fits; coverage: something is left; bisect: both ends decide alike; compare: a regression"),
        (Usage, "bad usage or configuration; db: a fault was found, or a file is refused"),
        (Infrastructure, "infrastructure: a host, the connection or the probe failed, evidence contradicts itself, or no case could be judged; bisect: an end, or what lies around the change, could not be asked; compare: no case was judged in both runs"),
        (Unverified, "unverified: a kernel whose release nobody has read decides otherwise than the nearest policy; no safety property is broken"),
        (Interrupted, "interrupted"),
    ];

    /// <summary>What a stored run amounts to. A mismatch counts for more than trouble elsewhere.</summary>
    public static int Of(RunSummary run)
    {
        int Count(params ReadOnlySpan<string> verdicts)
        {
            int sum = 0;
            foreach (string verdict in verdicts)
                sum += run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(verdict));
            return sum;
        }

        if (run.State == States.Interrupted)
            return Interrupted;
        if (Count(Verdicts.Mismatch, Verdicts.Crash, Verdicts.Hang) > 0)
            return Mismatch;
        bool trouble = run.State != States.Finished
            || run.Hosts.Any(h => h.State != States.Finished)
            || Count(Verdicts.Infrastructure, Verdicts.ProbeError, Verdicts.Unstable, Verdicts.Disagreement, Verdicts.Planned) > 0
            || Count(Verdicts.Match, Verdicts.Erratum, Verdicts.Known, Verdicts.Unverified, Verdicts.OutsideModel) == 0;
        return trouble ? Infrastructure : Count(Verdicts.Unverified) > 0 ? Unverified : Ok;
    }
}
