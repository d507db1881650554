using Harness.Chaos;
using Harness.Store;

namespace Harness.Sabotage;

/// <summary>A finished run against the host.</summary>
/// <param name="Ending">How the harness ended.</param>
/// <param name="Rows">The results.</param>
/// <param name="Duration">From start to end.</param>
internal sealed record HarnessRun(Ending Ending, IReadOnlyList<ResultRow> Rows, TimeSpan Duration)
{
    private static readonly HashSet<string> AsUsual =
    [
        Verdicts.Match,
        Verdicts.Skip,
        Verdicts.Known,
        Verdicts.Erratum,
        Verdicts.OutsideModel,
    ];

    /// <summary>The results that a kernel that decides rightly would not have.</summary>
    public IReadOnlyList<ResultRow> Unusual => [.. Rows.Where(r => !AsUsual.Contains(r.Verdict))];

    /// <summary>
    /// Those that say that the kernel is wrong. What says that the probe, the platform or the network is, notices
    /// nothing.
    /// </summary>
    public IReadOnlyList<ResultRow> Noticing =>
        [
            .. Unusual.Where(r =>
                r.Verdict is Verdicts.Mismatch or Verdicts.Disagreement or Verdicts.Crash or Verdicts.Unverified
                || (r.Verdict is Verdicts.Hang or Verdicts.Unstable && r.Culprit == Culprits.Kernel)
            ),
        ];
}
