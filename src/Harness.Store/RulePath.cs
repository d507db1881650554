using System.Text.Json;

namespace Harness.Store;

/// <summary>
/// A path of rules as stored in the column <c>rule_path.path</c>: [["registration","rule"],["1 read","another"]].
/// </summary>
internal static class RulePath
{
    public static string Text(IReadOnlyList<RuleStep> path)
    {
        var steps = new string[path.Count][];
        for (int i = 0; i < steps.Length; i++)
            steps[i] = [path[i].At, path[i].Rule];
        return JsonSerializer.Serialize(steps);
    }

    public static IReadOnlyList<RuleStep> Read(string json) =>
        [.. JsonSerializer.Deserialize<string[][]>(json)!.Select(step => new RuleStep(step[0], step[1]))];
}
