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
        writer.Line(PeerWords.Total(rows), TextTone.Strong);
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
            (PeerWords.Ours(peer), TextTone.Plain)
        );
        if (peer.Reason is { } reason && reason != peer.Explanation)
            writer.Line($"      the peer: {reason}", TextTone.Faint);
        foreach (string title in peer.KernelReports)
            writer.Line($"      kernel: {title}", TextTone.Doubtful);
        if (peer.Explanation is { } explanation)
            writer.Line(($"      {PeerWords.Relation(peer.Relation)}: ", Tone(peer)), (explanation, TextTone.Plain));
    }

    private static TextTone Tone(PeerRecord peer) =>
        peer.Relation switch
        {
            PeerRelations.Same => TextTone.Good,
            PeerRelations.Explained => TextTone.Doubtful,
            PeerRelations.Differs => TextTone.Bad,
            _ => TextTone.Faint,
        };
}
