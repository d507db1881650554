using System.Globalization;
using Harness.Store;

namespace Harness.Runs.Peers;

/// <summary>How the cases that assert the same as a program ended on the host.</summary>
/// <param name="Agreed">As predicted.</param>
/// <param name="Deviated">Not as predicted, in whatever way.</param>
/// <param name="Unanswered">Skipped, or the host was lost.</param>
public sealed record OwnVerdicts(int Agreed, int Deviated, int Unanswered)
{
    public static OwnVerdicts Of(IEnumerable<VerdictKind> verdicts)
    {
        int agreed = 0,
            deviated = 0,
            unanswered = 0;
        foreach (var kind in verdicts)
            switch (Verdicts.Of(kind).Class)
            {
                case VerdictClass.Good:
                    agreed++;
                    break;
                case VerdictClass.NoAnswer:
                    unanswered++;
                    break;
                default:
                    deviated++;
                    break;
            }
        return new OwnVerdicts(agreed, deviated, unanswered);
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Agreed} as predicted{(Deviated > 0 ? $", {Deviated} not" : "")}{(Unanswered > 0 ? $", {Unanswered} without an answer" : "")}"
        );
}

/// <summary>
/// Compares a program's outcome with that of the cases that assert the same. A failure is the program's own judgement:
/// it is a difference that a person explains, and no verdict on the kernel.
/// </summary>
public static class PeerComparison
{
    /// <param name="program">What was run.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="own">How the cases ended.</param>
    /// <param name="host">Where.</param>
    /// <returns>One of <see cref="PeerRelations"/>, with the explanation if it is not "same".</returns>
    public static (string Relation, string? Explanation) Of(
        PeerProgram program,
        PeerEnding ending,
        OwnVerdicts own,
        PeerHost host
    )
    {
        if (
            ending.Outcome == PeerStates.Passed
            && ending.KernelReports.Count == 0
            && own is { Agreed: > 0, Deviated: 0 }
        )
            return (PeerRelations.Same, null);
        if (program.Differences.FirstOrDefault(d => d.Covers(ending, host)) is { } known && own.Deviated == 0)
            return (PeerRelations.Explained, known.Explanation);
        return Unexplained(program, ending, own);
    }

    private static (string, string) Unexplained(PeerProgram program, PeerEnding ending, OwnVerdicts own) =>
        ending switch
        {
            { Outcome: PeerStates.NotRun or PeerStates.Timeout or PeerStates.Skipped } => (
                PeerRelations.NotCompared,
                ending.Reason!
            ),
            { Outcome: PeerStates.Lost, KernelReports.Count: 0 } => (PeerRelations.NotCompared, ending.Reason!),
            { Outcome: PeerStates.Passed, KernelReports.Count: > 0 } => (
                PeerRelations.Differs,
                $"it passed, but the kernel reported: {string.Join("; ", ending.KernelReports)}"
            ),
            { Outcome: PeerStates.Passed } when own.Deviated > 0 => (
                PeerRelations.Differs,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"it passed, but {own.Deviated} of the cases that assert the same did not go as predicted"
                )
            ),
            { Outcome: PeerStates.Passed } => (
                PeerRelations.NotCompared,
                program.Same is null ? program.Lacks! : "no case that asserts the same gave an answer on this host"
            ),
            _ => (
                PeerRelations.Differs,
                $"it {Words(ending)}; "
                    + (
                        own.Agreed + own.Deviated == 0
                            ? "no case gave an answer about the same"
                            : $"cases about the same: {own}"
                    )
            ),
        };

    private static string Words(PeerEnding ending) =>
        ending.Outcome switch
        {
            PeerStates.Killed => $"was killed {ending.Reason}",
            PeerStates.Lost => $"ended the host: {ending.Reason}",
            _ => $"failed: {ending.Reason}",
        };
}
