using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions;

internal static class PolicyNames
{
    /// <summary>The named policies, or all if none is named.</summary>
    /// <exception cref="UsageException">There is no such policy.</exception>
    public static IReadOnlyList<Policy> Several(string[]? names) =>
        names is { Length: > 0 } ? [.. names.Distinct().Select(n => Find(n)!)] : PolicyCatalog.All;

    /// <summary>The policy for a host's kernel.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static Policy Of(HostProfile profile)
    {
        var choice = ReleaseCatalog.Choose(profile.Release, profile.Build);
        return choice.Policy
            ?? throw new UsageException(
                $"no policy is known for kernel {profile.Release} ({choice.Reason}): name one with --policy"
            );
    }

    /// <summary>Null if no name is given.</summary>
    /// <exception cref="UsageException">There is no such policy.</exception>
    public static Policy? Find(string? name) =>
        name is null ? null : PolicyCatalog.Find(name) ?? throw new UsageException(Unknown(name));

    /// <summary>What is wrong with a policy's name; null if there is such a policy.</summary>
    public static string? FaultOf(string name) => PolicyCatalog.Find(name) is null ? Unknown(name) : null;

    private static string Unknown(string name)
    {
        if (PolicyCatalog.Without(name) is { } without)
        {
            string[] rules = [.. without.Basis.Statements.Select(s => s.Name)];
            return $"{without.Basis.Name} has no rule '{without.Rule}'{NearestWord.Hint(without.Rule, rules)} (allowed: {string.Join(", ", rules)})";
        }
        string[] names = [.. PolicyCatalog.All.Select(p => p.Name)];
        return NearestWord.Of(name, names) is { } near
            ? $"unknown policy '{name}': did you mean '{near}'? ({Hint.Program} policies lists all)"
            : $"unknown policy '{name}' (allowed: {string.Join(", ", names)}; or one of them without a rule that it has: mainline-7.2-without-RULE)";
    }
}
