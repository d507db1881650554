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

/// <summary>Where a kernel is known to do otherwise than its policy allows, and what it does there.</summary>
/// <param name="Name">Results refer to it.</param>
/// <param name="Definition">The entry as it stands in its file, JSON.</param>
/// <param name="Cases">The cases in which it shows.</param>
/// <param name="Hosts">The hosts on which it shows, by <see cref="Attributes"/>.</param>
/// <param name="Since">The first kernel that has it, or null.</param>
/// <param name="Until">The first kernel that does not have it any more, or null.</param>
/// <param name="Verdict">What it is without this entry.</param>
/// <param name="Observed">What is seen instead of the prediction: fields that one part of the outcome has.</param>
/// <param name="Culprit">Who has to mend it.</param>
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
    /// <summary>
    /// Of a migration, whose <see cref="Hosts"/>, <see cref="Since"/> and <see cref="Until"/> are meant; null: it is
    /// for cases.
    /// </summary>
    public KnownSide? Side { get; init; }

    /// <summary>What <see cref="Hosts"/> may ask for.</summary>
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

    /// <summary>A host as filters see it; what is not known of it is empty.</summary>
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

    /// <summary>Whether it speaks of a host: of its kind, and of its kernel or an older one.</summary>
    public bool SpeaksOf(IReadOnlyDictionary<string, string> host) =>
        Hosts.Accepts(host) && (Since is null || VersionOrder.Instance.Compare(host["release"], Since) >= 0);

    /// <summary>The kernel is one that does not have it any more.</summary>
    public bool HasExpired(string release) => Until is not null && VersionOrder.Instance.Compare(release, Until) >= 0;

    /// <param name="attributes">A case's, as <see cref="AllCases.Attributes"/> has them.</param>
    public bool Covers(IReadOnlyDictionary<string, string> attributes) => Cases.Accepts(attributes);

    /// <summary>Whether that verdict is what it says.</summary>
    public bool Is(VerdictKind verdict, CaseOutcome? observed) => verdict == Verdict && Observed.Matches(observed);
}
