using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>One migration between one pair, for people.</summary>
internal sealed class MigrationStory(ReportWriter writer)
{
    /// <param name="again">The command that repeats it.</param>
    /// <param name="result">The same result, with the judgement.</param>
    public void Write(MigrationRow row, ResultRow? result, string? ruleSource, string again)
    {
        var cell = new MigrationCell(row);
        var became = row.Migration;
        bool agrees = row.Verdict == Verdicts.Match;
        writer.Line();
        writer.Line(
            ($"  {(row.Verdict == Verdicts.Mismatch ? "MISMATCH" : row.Verdict)} ", VerdictTones.Of(row.Verdict)),
            (row.CaseId, TextTone.Strong),
            (row.Culprit == Culprits.None ? "" : $", culprit {row.Culprit}", TextTone.Plain)
        );
        writer.Field("migration", row.Title);
        writer.Field(
            "ended",
            became?.Stage is { } stage
                ? (became.Errno is { } errno ? $"{stage} {errno}" : stage) + (agrees ? ", as predicted" : "")
                : null
        );
        if (!agrees)
        {
            writer.Field("predicted", result?.Predicted ?? cell.Predicted);
            writer.Field("observed", result?.Observed);
        }
        writer.Field("mapped", Mapped(became));
        if (cell.Violation is { } violation)
            writer.Field(
                "breaks",
                violation
                    + (cell.ViolationRule is { } by ? $", by {by}" : "")
                    + (ruleSource is null ? "" : $" ({ruleSource})")
            );
        writer.Field(
            "registers",
            became?.Refused is { } refused
                ? refused == 0
                    ? "none refused"
                    : Invariant($"{refused} refused: {became.RefusedRegisters}")
                : null
        );
        writer.Field("content", became is { Bytes: > 0 } ? Size(became.Bytes) : null);
        writer.Field("time", Time(became));
        writer.Field(agrees ? "remark" : "reason", cell.Violation is not null && agrees ? null : row.Reason);
        if (agrees)
            return;
        writer.Field("rule", row.Rule);
        writer.Field("source", result?.RuleSource);
        writer.Field("", result?.Details);
        writer.Field("again", again);
    }

    /// <summary>"Normal-WB rwx before, Device-nGnRE rw after"; null if neither was observed.</summary>
    public static string? Mapped(MigrationRecord? became) =>
        (became?.SourceLeaf, became?.DestinationLeaf) switch
        {
            (null, null) => null,
            ({ } before, null) => $"{before} before",
            (null, { } after) => $"{after} after",
            ({ } before, { } after) when before == after => $"{before}, before and after",
            ({ } before, { } after) => $"{before} before, {after} after",
        };

    /// <summary>
    /// "12.3 ms: 4.1 on the source, 6.0 between, 2.2 on the destination"; null if nothing was measured.
    /// </summary>
    public static string? Time(MigrationRecord? became) =>
        became is { } b && b.SourceMicros + b.TransferMicros + b.DestinationMicros > 0
            ? Invariant(
                $"{Millis(b.SourceMicros + b.TransferMicros + b.DestinationMicros)} ms: {Millis(b.SourceMicros)} on the source, {Millis(b.TransferMicros)} between, {Millis(b.DestinationMicros)} on the destination"
            )
            : null;

    /// <summary>"4.0 KiB"</summary>
    public static string Size(long bytes) =>
        bytes < 1024 ? Invariant($"{bytes} bytes")
        : bytes < 1 << 20 ? Invariant($"{bytes / 1024.0:0.0} KiB")
        : Invariant($"{bytes / 1048576.0:0.0} MiB");

    private static string Millis(long micros) => Invariant($"{micros / 1000.0:0.0}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
