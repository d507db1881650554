using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>The programs of other test suites in a run, beside the cases that assert the same, for people.</summary>
/// <param name="writer">Receives the lines.</param>
public sealed class PeerText(ReportWriter writer)
{
    private const int NameWidth = 38;

    public void Write(IReadOnlyList<PeerRow> rows)
    {
        foreach (var host in rows.GroupBy(r => r.Host))
        {
            var first = host.First();
            writer.Line((first.Target, TextTone.Strong), ($"  {first.Release ?? "unknown release"}", TextTone.Plain));
            foreach (string source in host.Select(r => r.Record?.Source).OfType<string>().Distinct())
                writer.Line($"  selftests of {source}", TextTone.Faint);
            writer.Line(
                $"  {"program".PadRight(NameWidth)}{"peer".PadRight(9)}{"time".PadLeft(6)}  ours",
                TextTone.Faint
            );
            foreach (var row in host)
                Row(row);
            writer.Line();
        }
        writer.Line(Total(rows), TextTone.Strong);
    }

    private void Row(PeerRow row)
    {
        if (row.Record is not { } peer)
        {
            writer.Line($"  {row.Plan.Name.PadRight(NameWidth)}{PeerStates.Planned}");
            return;
        }
        writer.Line(
            ($"  {row.Plan.Name.PadRight(NameWidth)}", TextTone.Plain),
            (peer.Outcome.PadRight(9), Tone(peer)),
            (string.Create(CultureInfo.InvariantCulture, $"{peer.DurationMicros / 1e6, 4:0} s  "), TextTone.Faint),
            (Ours(peer), TextTone.Plain)
        );
        if (peer.Reason is { } reason && reason != peer.Explanation)
            writer.Line($"      the peer: {reason}", TextTone.Faint);
        foreach (string title in peer.KernelReports)
            writer.Line($"      kernel: {title}", TextTone.Doubtful);
        if (peer.Explanation is { } explanation)
            writer.Line(($"      {Word(peer.Relation)}: ", Tone(peer)), (explanation, TextTone.Plain));
    }

    /// <summary>"7 passed, 1 skipped; 6 as ours, 1 differs: explained".</summary>
    private static string Total(IReadOnlyList<PeerRow> rows)
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

    private static string Ours(PeerRecord peer) =>
        peer.Agreed + peer.Deviated + peer.Unanswered == 0
            ? "no case"
            : Joined([
                Counted(peer.Agreed, "as predicted"),
                Counted(peer.Deviated, "not as predicted"),
                Counted(peer.Unanswered, "without an answer"),
            ]);

    private static string Word(string relation) =>
        relation switch
        {
            PeerRelations.Differs => "differs",
            PeerRelations.Explained => "differs, explained",
            _ => "not compared",
        };

    private static TextTone Tone(PeerRecord peer) =>
        peer.Relation switch
        {
            PeerRelations.Same => TextTone.Good,
            PeerRelations.Explained => TextTone.Doubtful,
            PeerRelations.Differs => TextTone.Bad,
            _ => TextTone.Faint,
        };
}
