using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Migrating;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs.Known;

/// <summary>
/// The known differences that apply to one host or to a side of a pair, and the results of the cases that they cover
/// there.
/// </summary>
public sealed class KnownOnHost
{
    private readonly List<Entry> _entries;

    private KnownOnHost(IEnumerable<Entry> entries) => _entries = [.. entries];

    /// <param name="known">All entries.</param>
    /// <param name="target">The host's name.</param>
    /// <param name="profile">The host.</param>
    /// <param name="policy">The policy that it is judged by.</param>
    public KnownOnHost(IEnumerable<KnownDifference> known, string target, HostProfile profile, Policy policy)
        : this(Entries(known.Where(k => k.Side is null), target, profile, policy)) { }

    /// <summary>The entries that apply to migrations between two hosts.</summary>
    public static KnownOnHost OfPair(IReadOnlyList<KnownDifference> known, JudgedHost from, JudgedHost to)
    {
        IEnumerable<Entry> Of(KnownSide side, JudgedHost host) =>
            Entries(known.Where(k => k.Side == side), host.Name, host.Profile, host.Policy);
        return new(Of(KnownSide.Source, from).Concat(Of(KnownSide.Destination, to)));
    }

    private static IEnumerable<Entry> Entries(
        IEnumerable<KnownDifference> known,
        string target,
        HostProfile profile,
        Policy policy
    )
    {
        var host = KnownDifference.Attributes(target, profile, policy);
        return known.Where(k => k.SpeaksOf(host)).Select(k => new Entry(k, k.HasExpired(profile.Release)));
    }

    /// <summary>Counts a verdict from before the run was interrupted.</summary>
    public void Recall(EarlierVerdict earlier)
    {
        if (!IsJudged(earlier.Kind))
            return;
        foreach (var entry in Covering(earlier.Attributes))
        {
            entry.Asked++;
            if (earlier.Known == entry.Difference.Name || entry.Difference.Is(earlier.Kind, earlier.Observed))
                entry.Met++;
        }
    }

    /// <summary>
    /// Each with the number of judged cases that it covers, and how many of them differ as described.
    /// </summary>
    public IEnumerable<(KnownDifference Difference, bool Expired, int Asked, int Met)> Met =>
        _entries.Select(e => (e.Difference, e.Expired, e.Asked, e.Met));

    /// <summary>Whether an entry is about the case, whatever its result.</summary>
    public bool Covers(Case c) => Covering(() => AllCases.Attributes(c)).Any();

    /// <summary>
    /// The verdict as it is reported. One that a known difference explains is known; one that an expired entry would
    /// have explained is unchanged, with a note.
    /// </summary>
    public Verdict Settle(Case c, Verdict verdict) => Settle(() => AllCases.Attributes(c), verdict);

    /// <summary>The same for a migration.</summary>
    public Verdict Settle(Migration m, Verdict verdict) => Settle(() => AllMigrations.Attributes(m), verdict);

    /// <summary>
    /// Whether each verdict is explained by an entry: one deviation may show itself in several ways, as memory that was
    /// freed too early may be used again or not.
    /// </summary>
    public bool AreKnown(Case c, params ReadOnlySpan<Verdict> verdicts)
    {
        Entry[] covering = [.. Covering(() => AllCases.Attributes(c)).Where(e => !e.Expired)];
        foreach (var verdict in verdicts)
            if (!covering.Any(e => e.Difference.Is(verdict.Kind, verdict.Observed)))
                return false;
        return true;
    }

    private Verdict Settle(Func<IReadOnlyDictionary<string, string>> of, Verdict verdict)
    {
        if (!IsJudged(verdict.Kind))
            return verdict;
        Entry? explains = null;
        foreach (var entry in Covering(of))
        {
            entry.Asked++;
            if (!entry.Difference.Is(verdict.Kind, verdict.Observed))
                continue;
            entry.Met++;
            explains = explains is null or { Expired: true } ? entry : explains;
        }
        return explains switch
        {
            null => verdict,
            { Expired: true, Difference: var old } => verdict with
            {
                Reason = $"{verdict.Reason}; known as '{old.Name}' until {old.Until}, which has passed",
            },
            { Difference: var known } => verdict with
            {
                Kind = VerdictKind.Known,
                Culprit = known.Culprit,
                Known = known.Name,
                Reason = $"{known.Name}: {known.Reason}{(known.Link is null ? "" : $" ({known.Link})")}",
            },
        };
    }

    private IEnumerable<Entry> Covering(Func<IReadOnlyDictionary<string, string>> of)
    {
        if (_entries.Count == 0)
            return [];
        // A dictionary: made once for all entries.
        var attributes = of();
        return _entries.Where(e => e.Difference.Covers(attributes));
    }

    /// <summary>Other verdicts don't show whether the difference still exists.</summary>
    private static bool IsJudged(VerdictKind kind) => Verdicts.Of(kind).Differs is not null;

    private sealed class Entry(KnownDifference difference, bool expired)
    {
        public KnownDifference Difference { get; } = difference;

        public bool Expired { get; } = expired;

        public int Asked { get; set; }

        public int Met { get; set; }
    }
}
