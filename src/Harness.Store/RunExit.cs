namespace Harness.Store;

/// <summary>The exit codes of verdicts, and the rule that derives one code from a run's many verdicts.</summary>
public static class RunExit
{
    /// <summary>Every case that was judged is as predicted, or is a known erratum or difference.</summary>
    public const int Ok = 0;

    /// <summary>A case is not as predicted: a mismatch, a disagreement, a crash or a hang.</summary>
    public const int NotAsPredicted = 1;

    /// <summary>A host, a connection or the probe failed, a case was unstable, or nothing could be judged.</summary>
    public const int Infrastructure = 3;

    /// <summary>
    /// A kernel release that has not been read decides differently from the nearest policy, and nothing is worse: read
    /// what changed, or name a policy with --policy to judge it by that.
    /// </summary>
    public const int Unverified = 4;

    /// <summary>The user stopped it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>If several apply, the first of these is the run's.</summary>
    public static IReadOnlyList<int> Precedence { get; } =
    [Interrupted, NotAsPredicted, Infrastructure, Unverified, Ok];

    /// <summary>
    /// The exit code of a stored run: from its verdicts, its state and its hosts' states, the first in <see
    /// cref="Precedence"/>. A run or host that is not finished counts as infrastructure, as does a run without a
    /// verdict that has an exit code; but not a shard that has nothing to do.
    /// </summary>
    public static int Of(RunSummary run)
    {
        var codes = run
            .Hosts.SelectMany(h => h.Verdicts)
            .Where(v => v.Value > 0)
            .Select(v => Verdicts.Of(v.Key).ExitCode)
            .OfType<int>()
            .ToHashSet();
        bool nothingToDo = run is { Run.Shard: not null, Hosts: [] };
        if (
            codes.Count == 0 && !nothingToDo
            || run.State != States.Finished
            || run.Hosts.Any(h => h.State != States.Finished)
        )
            codes.Add(Infrastructure);
        if (run.State == States.Interrupted)
            codes.Add(Interrupted);
        return codes.Count == 0 ? Ok : Precedence.First(codes.Contains);
    }
}
