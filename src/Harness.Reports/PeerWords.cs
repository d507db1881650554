using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>What reports say of programs of other test suites, beside the cases that assert the same.</summary>
internal static class PeerWords
{
    /// <summary>"7 passed, 1 skipped; 6 as ours, 1 differs: explained".</summary>
    public static string Total(IReadOnlyList<PeerRow> rows)
    {
        var records = rows.Select(r => r.Record).OfType<PeerRecord>().ToList();
        int planned = rows.Count - records.Count;
        IEnumerable<string> outcomes =
        [
            .. PeerStates.All.Select(s => Counted(records.Count(r => r.Outcome == s), s)),
            Counted(planned, PeerStates.Planned),
        ];
        IEnumerable<string> relations =
        [
            Counted(records.Count(r => r.Relation == PeerRelations.Same), "as ours"),
            Counted(records.Count(r => r.Relation == PeerRelations.Explained), "otherwise, explained"),
            Counted(records.Count(r => r.Relation == PeerRelations.Differs), "otherwise, unexplained"),
            Counted(records.Count(r => r.Relation == PeerRelations.NotCompared), "not compared"),
        ];
        return $"{Joined(outcomes)}; {Joined(relations)}";
    }

    private static string Counted(int count, string what) =>
        count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {what}");

    private static string Joined(IEnumerable<string> parts) => string.Join(", ", parts.Where(p => p.Length > 0));

    /// <summary>"4 as predicted, 1 not as predicted": the cases that assert the same; "no case".</summary>
    public static string Ours(PeerRecord peer) =>
        peer.Agreed + peer.Deviated + peer.Unanswered == 0
            ? "no case"
            : Joined([
                Counted(peer.Agreed, "as predicted"),
                Counted(peer.Deviated, "not as predicted"),
                Counted(peer.Unanswered, "without an answer"),
            ]);

    /// <summary>How a program's end and those cases relate: "differs, explained".</summary>
    public static string Relation(string relation) =>
        relation switch
        {
            PeerRelations.Same => "the same",
            PeerRelations.Differs => "differs",
            PeerRelations.Explained => "differs, explained",
            _ => "not compared",
        };
}
