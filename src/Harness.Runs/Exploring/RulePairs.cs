using Harness.Model;

namespace Harness.Runs.Exploring;

/// <summary>
/// The pairs of rules that programs took one after the other: the last rule of a step, and one of the next step that
/// has any.
/// </summary>
public sealed class RulePairs
{
    private readonly HashSet<(string, string)> _taken = [];

    public int Count => _taken.Count;

    /// <summary>How many pairs of a step were not taken yet.</summary>
    /// <param name="last">The last rule before the step, or null.</param>
    /// <param name="path">The rules of the step.</param>
    public int New(Rule? last, IReadOnlyList<Rule> path) =>
        path.Count(rule => !_taken.Contains((last?.Name ?? "", rule.Name)));

    /// <summary>Adds the pairs of a whole program.</summary>
    /// <returns>How many of them are new.</returns>
    public int Add(Prediction prediction)
    {
        int before = _taken.Count;
        Rule? last = null;
        foreach (var step in prediction.Program)
        {
            foreach (var rule in step.Path)
                _taken.Add((last?.Name ?? "", rule.Name));
            last = step.Path.Count > 0 ? step.Path[^1] : last;
        }
        return _taken.Count - before;
    }
}
