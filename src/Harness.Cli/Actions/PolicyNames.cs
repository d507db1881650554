using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions;

internal static class PolicyNames
{
    /// <summary>Those named, or all where none is.</summary>
    /// <exception cref="UsageException">There is no such policy.</exception>
    public static IReadOnlyList<Policy> Several(string[]? names) =>
        names is { Length: > 0 } ? [.. names.Distinct().Select(n => Find(n)!)] : PolicyCatalog.All;

    /// <summary>The policy that a host's kernel should follow.</summary>
    /// <exception cref="UsageException">Nobody knows one.</exception>
    public static Policy Of(HostProfile profile)
    {
        var choice = ReleaseCatalog.Choose(profile.Release, profile.Build);
        return choice.Policy
            ?? throw new UsageException(
                $"no policy is known for kernel {profile.Release} ({choice.Reason}): name one with --policy"
            );
    }

    /// <summary>Null where no name is given.</summary>
    /// <exception cref="UsageException">There is no such policy.</exception>
    public static Policy? Find(string? name) =>
        name is null
            ? null
            : PolicyCatalog.Find(name)
                ?? throw new UsageException(
                    $"unknown policy '{name}' (allowed: {string.Join(", ", PolicyCatalog.All.Select(p => p.Name))}; or one of them without a rule that it has: mainline-7.2-without-RULE)"
                );
}
