using Harness.Store;

namespace Harness.Site;

/// <summary>A rule by its name, with what it says in the policies that have it.</summary>
/// <param name="Versions">The newest policies first.</param>
public sealed record SiteRule(string Name, string Stage, IReadOnlyList<RuleVersion> Versions)
{
    /// <summary>Those of the newest run of each model, by name.</summary>
    public static IReadOnlyList<SiteRule> Of(Content content) =>
        [
            .. content
                .Runs.DistinctBy(r => r.Run.Run.ModelHash)
                .SelectMany(r => r.Store.Rules(r.Run.Run.ModelHash))
                .GroupBy(r => r.Rule.Name, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new SiteRule(
                    g.Key,
                    g.First().Rule.Stage,
                    [
                        .. g.GroupBy(r => (r.Rule.Says, r.Rule.Source))
                            .Select(v => new RuleVersion(
                                v.Key.Says,
                                v.Key.Source,
                                [.. v.Select(r => r.Policy).Distinct().Order(StringComparer.Ordinal)]
                            )),
                    ]
                )),
        ];
}

/// <summary>The sentence and the source of a rule, and the policies that have it so.</summary>
public sealed record RuleVersion(string Says, string Source, IReadOnlyList<string> Policies);
