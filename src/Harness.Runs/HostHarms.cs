using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// What cases may do to a host, and did: a case that later finds no memory there says where it may have gone.
/// </summary>
/// <param name="policy">The policy that the host is judged by.</param>
/// <param name="host">The host.</param>
public sealed class HostHarms(Policy policy, HostFacts host)
{
    private const int OutOfMemory = 12; // ENOMEM

    private readonly string? _everWhy = policy
        .AllRules.Select(r => r.FreesFirst)
        .FirstOrDefault(why => why is not null);
    private int _lossy;

    /// <summary>The harm that a case may do; null if it does none.</summary>
    public Hazard? Of(Case c) => Hazard.Of(host, c, policy.Predict(host, c));

    /// <summary>A case was executed.</summary>
    public void Ran(Case c)
    {
        if (_everWhy is not null && Of(c) is { Harm: Harm.LosesMemory })
            _lossy++;
    }

    /// <summary>A verdict with the reason why there is no memory, where cases on this kernel can be it.</summary>
    public Verdict Explain(Verdict verdict, Observation observation) =>
        _everWhy is { } why
        && verdict.Kind == VerdictKind.ProbeError
        && observation.Steps is [.., { Errno: OutOfMemory }]
            ? verdict with
            {
                Reason = $"{verdict.Reason}; memory may be lost to {Earlier}, until the host boots again: {why}",
            }
            : verdict;

    private string Earlier =>
        _lossy switch
        {
            0 => "an earlier run",
            1 => "a case that ran before it",
            _ => $"{_lossy} cases that ran before it",
        };
}
