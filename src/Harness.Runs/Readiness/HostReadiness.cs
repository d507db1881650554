using Harness.Cases;
using Harness.Model;
using Harness.Model.Programs;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Readiness;

/// <summary>Whether a host can be used.</summary>
public enum HostStanding
{
    /// <summary>Every case that the model knows can run, with the strongest evidence.</summary>
    Ready,

    /// <summary>Cases are skipped, or evidence is lost.</summary>
    Limited,

    /// <summary>No case of the suite can run.</summary>
    NotReady,
}

/// <summary>Cases that a host skips for one reason.</summary>
/// <param name="Part">What the host lacks.</param>
/// <param name="Reason">The reason of their skips.</param>
/// <param name="Cases">How many.</param>
public sealed record SkippedCases(HostPart Part, string Reason, CaseCount Cases);

/// <summary>
/// What a run of a suite would do with each case on a host, without running any: by the compiler's reasons and the
/// judge's.
/// </summary>
public sealed record HostReadiness
{
    public required HostProfile Profile { get; init; }

    /// <summary>How many cases there are.</summary>
    public required CaseCount Total { get; init; }

    /// <summary>How many can be run and judged.</summary>
    public CaseCount Runnable { get; init; }

    /// <summary>How many the policy says nothing about.</summary>
    public CaseCount Outside { get; init; }

    /// <summary>How many can't be judged, since a fact of the host is unknown.</summary>
    public CaseCount Unknown { get; init; }

    /// <summary>Those that the host can't run, those with the most cases first.</summary>
    public IReadOnlyList<SkippedCases> Skipped { get; init; } = [];

    /// <summary>How many of those that run have an access: their evidence may be a descriptor or a trace.</summary>
    public CaseCount WithAccesses { get; init; }

    /// <summary>Why no case can be run, whatever it needs; null if some can.</summary>
    public string? Blocked { get; init; }

    public HostStanding Standing =>
        Runnable.Suite == 0 ? HostStanding.NotReady
        : Skipped.Count == 0
        && Unknown.All == 0
        && Profile is { Abilities: { Descriptor: true, Trace: true }, Choice.Unverified: false }
            ? HostStanding.Ready
        : HostStanding.Limited;

    /// <param name="profile">The host, with the policy that was chosen for it.</param>
    /// <param name="suite">The cases of the suite.</param>
    /// <param name="all">All cases.</param>
    public static HostReadiness Of(HostProfile profile, IReadOnlyCollection<Case> suite, IReadOnlyCollection<Case> all)
    {
        var ids = suite.Select(c => c.Id).ToHashSet();
        CaseCount One(Case c) => new(ids.Contains(c.Id) ? 1 : 0, 1);
        var total = new CaseCount(suite.Count, all.Count);
        if ((profile.NoKvmReason ?? WhyNoPolicy(profile)) is { } blocked)
            return new HostReadiness
            {
                Profile = profile,
                Total = total,
                Blocked = blocked,
            };
        var judge = new Judge(profile.Choice!.Policy!, profile);
        CaseCount outside = default,
            unknown = default,
            runnable = default,
            accesses = default;
        var skipped = new Dictionary<(HostPart, string), CaseCount>();
        foreach (var c in all)
        {
            var missing = CaseCompiler.Missing(c, profile.Abilities);
            switch (judge.BeforeRun(c, missing?.Reason)?.Kind)
            {
                case VerdictKind.Skip:
                    // A program names the part by what it needs it for: it is the same part.
                    string reason = missing!.Part == HostPart.Exporter ? WhyNoExporter(profile) : missing.Reason;
                    skipped[(missing.Part, reason)] = skipped.GetValueOrDefault((missing.Part, reason)) + One(c);
                    break;
                case not null:
                    outside += One(c);
                    break;
                case null when DependsOnUnknown(profile, c):
                    unknown += One(c);
                    break;
                default:
                    runnable += One(c);
                    if (c is AttributeCase or ProgramCase)
                        accesses += One(c);
                    break;
            }
        }
        return new HostReadiness
        {
            Profile = profile,
            Total = total,
            Runnable = runnable,
            Outside = outside,
            Unknown = unknown,
            WithAccesses = accesses,
            Skipped =
            [
                .. skipped
                    .OrderByDescending(s => s.Value.Suite)
                    .ThenByDescending(s => s.Value.All)
                    .Select(s => new SkippedCases(s.Key.Item1, s.Key.Item2, s.Value)),
            ],
        };
    }

    private static string? WhyNoPolicy(HostProfile profile) =>
        profile.Choice?.Policy is null
            ? $"no policy is known for kernel {profile.Release} ({profile.Choice?.Reason ?? "its release is unknown"})"
            : null;

    private static string WhyNoExporter(HostProfile profile) =>
        $"the exporter module (/dev/stage2-exporter){(profile.Abilities.WhyNoExporter is { } why ? $", {why}" : "")}";

    /// <summary>Hosts that may be this one would do different things.</summary>
    private static bool DependsOnUnknown(HostProfile profile, Case c) =>
        profile.Possible.Count > 1
        && profile.Possible.Select(h => profile.Choice!.Policy!.Predict(h, c).Outcome).Distinct().Skip(1).Any();
}
