using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>
/// A rule that differs between two policies: it is missing, different, or in another place of the kernel.
/// </summary>
/// <param name="Stage">The stage it belongs to.</param>
/// <param name="A">The first policy's, or null if it has none in this place.</param>
/// <param name="B">
/// The second's. If both are given, the condition and the effect are the same, and the source differs.
/// </param>
public sealed record RuleDifference(Stage Stage, Rule? A, Rule? B)
{
    /// <summary>The same rule in another place of the kernel.</summary>
    public bool Moved => A is not null && B is not null;

    /// <summary>Stage by stage, in evaluation order; removed rules before added ones.</summary>
    public static IReadOnlyList<RuleDifference> Between(Policy a, Policy b) =>
        [.. Enum.GetValues<Stage>().SelectMany(stage => Between(stage, a.Rules(stage), b.Rules(stage)))];

    /// <summary>
    /// Whether both are the same rule: the same condition and effect, or the same text. Conditions are code and
    /// compared by identity: a rule that was written twice is not the same.
    /// </summary>
    public static bool IsSame(Rule a, Rule b) =>
        a.Name == b.Name
        && ((ReferenceEquals(a.When, b.When) && a.Effect == b.Effect) || (a.Says == b.Says && a.Source == b.Source));

    /// <summary>By the longest common subsequence, like diff(1).</summary>
    private static IEnumerable<RuleDifference> Between(Stage stage, IReadOnlyList<Rule> a, IReadOnlyList<Rule> b)
    {
        int[,] common = new int[a.Count + 1, b.Count + 1];
        for (int i = a.Count - 1; i >= 0; i--)
        for (int j = b.Count - 1; j >= 0; j--)
            common[i, j] = IsSame(a[i], b[j]) ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        for (int i = 0, j = 0; i < a.Count || j < b.Count; )
        {
            if (i < a.Count && j < b.Count && IsSame(a[i], b[j]))
            {
                if (a[i].Source != b[j].Source)
                    yield return new RuleDifference(stage, a[i], b[j]);
                i++;
                j++;
            }
            else if (i < a.Count && (j == b.Count || common[i + 1, j] >= common[i, j + 1]))
            {
                yield return new RuleDifference(stage, a[i++], null);
            }
            else
            {
                yield return new RuleDifference(stage, null, b[j++]);
            }
        }
    }
}
