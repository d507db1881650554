using Harness.Model.Outcomes;
using Harness.Model.Programs;
using Harness.Runs.Judging;

namespace Harness.Runs.Exploring;

/// <summary>A program as it was judged on a host.</summary>
public sealed record JudgedProgram(ProgramCase Program, Verdict Verdict);

/// <summary>The first step in which a program went differently on two hosts.</summary>
/// <param name="Program">The program.</param>
/// <param name="Step">Its index, from 0.</param>
/// <param name="One">What was observed on the first host.</param>
/// <param name="Other">What was observed on the other.</param>
public sealed record HostDifference(ProgramCase Program, int Step, OutcomePart One, OutcomePart Other);

/// <summary>Where the same programs went differently on two hosts.</summary>
/// <param name="Compared">Programs with an observation on both.</param>
/// <param name="AsPredicted">The policies of the two hosts predict another outcome for that step.</param>
/// <param name="LeftOpen">Both predictions allow both outcomes.</param>
/// <param name="Otherwise">Neither: the same is predicted, and one host did something else.</param>
public sealed record HostDifferences(
    int Compared,
    IReadOnlyList<HostDifference> AsPredicted,
    IReadOnlyList<HostDifference> LeftOpen,
    IReadOnlyList<HostDifference> Otherwise
)
{
    public static HostDifferences Between(IReadOnlyList<JudgedProgram> one, IReadOnlyList<JudgedProgram> other)
    {
        var there = other.DistinctBy(j => j.Program.Key).ToDictionary(j => j.Program.Key);
        int compared = 0;
        List<HostDifference> predicted = [],
            open = [],
            otherwise = [];
        foreach (var here in one.DistinctBy(j => j.Program.Key))
        {
            if (
                here.Verdict is not { Predicted: PartsOutcome mine, Observed: PartsOutcome did }
                || there.GetValueOrDefault(here.Program.Key)?.Verdict
                    is not { Predicted: PartsOutcome its, Observed: PartsOutcome didThere }
            )
                continue;
            compared++;
            int at = did.Parts.Zip(didThere.Parts).TakeWhile(p => p.First == p.Second).Count();
            if (new[] { mine, did, its, didThere }.Any(p => at >= p.Parts.Count))
                continue;
            var difference = new HostDifference(here.Program, at - 1, did.Parts[at], didThere.Parts[at]);
            var (a, b) = (mine.Parts[at], its.Parts[at]);
            bool allowed = a.Allows(did.Parts[at]) && b.Allows(didThere.Parts[at]);
            (
                allowed && a != b ? predicted
                : allowed ? open
                : otherwise
            ).Add(difference);
        }
        return new HostDifferences(compared, predicted, open, otherwise);
    }
}
