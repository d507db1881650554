using Harness.Cases;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Runs.Bisecting;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Known;

/// <summary>A side of a migration.</summary>
public enum KnownSide
{
    Source,
    Destination,
}

/// <summary>A known deviation of a kernel from its policy, and what the kernel does.</summary>
/// <param name="Name">Results refer to it.</param>
/// <param name="Definition">The entry as written in its file, JSON.</param>
/// <param name="Cases">The affected cases.</param>
/// <param name="Hosts">The affected hosts, by <see cref="Attributes"/>.</param>
/// <param name="Since">The first kernel that has it, or null.</param>
/// <param name="Until">The first kernel that does not have it any more, or null.</param>
/// <param name="Verdict">The verdict without this entry.</param>
/// <param name="Observed">What is observed instead of the prediction: fields of one part of the outcome.</param>
/// <param name="Culprit">What has to be fixed.</param>
/// <param name="Reason">In one line.</param>
/// <param name="Link">Where it is discussed.</param>
public sealed record KnownDifference(
    string Name,
    string Definition,
    CaseFilter Cases,
    CaseFilter Hosts,
    string? Since,
    string? Until,
    VerdictKind Verdict,
    OutcomePattern Observed,
    Culprit Culprit,
    string Reason,
    string? Link
)
{
    /// <summary>What else is observed, for the same reason.</summary>
    public IReadOnlyList<OutcomePattern> Or { get; init; } = [];

    /// <summary>
    /// For migrations: the side that <see cref="Hosts"/>, <see cref="Since"/> and <see cref="Until"/> refer to; null:
    /// the entry is for cases.
    /// </summary>
    public KnownSide? Side { get; init; }

    /// <summary>The keys of <see cref="Hosts"/>.</summary>
    public static IReadOnlyList<FilterKey> HostKeys { get; } =
    [
        new("target"),
        new("release"),
        new("policy"),
        new("mode"),
        new("page"),
        new("platform"),
        new("fwb"),
        new("dic"),
        new("mte"),
    ];

    /// <summary>A host's attributes for filters; an unknown one is empty.</summary>
    public static IReadOnlyDictionary<string, string> Attributes(string target, HostProfile profile, Policy policy)
    {
        string Flag(string fact, bool value) =>
            profile.Fact(fact) is { Value: null } ? ""
            : value ? "yes"
            : "no";
        return new Dictionary<string, string>
        {
            ["target"] = target,
            ["release"] = profile.Release,
            ["policy"] = policy.Name,
            ["mode"] = profile.Fact(KvmFacts.Protected) is { Value: null }
                ? ""
                : profile.Host.Mode.ToString().ToLowerInvariant(),
            ["page"] = $"{profile.Abilities.PageSize >> 10}k",
            ["platform"] = profile.Fact(PlatformFacts.Name)?.Value switch
            {
                PlatformFacts.Tcg => "tcg",
                PlatformFacts.Cpu => "cpu",
                _ => "",
            },
            ["fwb"] = Flag("FWB", profile.Host.Fwb),
            ["dic"] = Flag("DIC", profile.Host.Dic),
            ["mte"] = Flag("MTE", profile.Host.Mte),
        };
    }

    /// <summary>Whether it applies to a host: to its kind, and to its kernel or an older one.</summary>
    public bool SpeaksOf(IReadOnlyDictionary<string, string> host) =>
        Hosts.Accepts(host) && (Since is null || VersionOrder.Instance.Compare(host["release"], Since) >= 0);

    /// <summary>The kernel does not have it any more.</summary>
    public bool HasExpired(string release) => Until is not null && VersionOrder.Instance.Compare(release, Until) >= 0;

    /// <param name="attributes">A case's, from <see cref="AllCases.Attributes"/>.</param>
    public bool Covers(IReadOnlyDictionary<string, string> attributes) => Cases.Accepts(attributes);

    /// <summary>Whether the verdict is the one that it describes.</summary>
    public bool Is(VerdictKind verdict, CaseOutcome? observed) =>
        verdict == Verdict && Or.Prepend(Observed).Any(pattern => pattern.Matches(observed));
}
