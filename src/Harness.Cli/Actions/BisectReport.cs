using Harness.Model;
using Harness.Reports;
using Harness.Reports.Outcomes;
using Harness.Runs.Bisecting;

namespace Harness.Cli.Actions;

/// <summary>The result of a bisection.</summary>
/// <param name="Case">The case.</param>
/// <param name="Request">The request.</param>
/// <param name="End">How it ended.</param>
/// <param name="Change">The change between the two that were found; null if none were.</param>
/// <param name="Tested">The tested versions, in order.</param>
internal sealed record BisectReport(
    Case Case,
    BisectRequest Request,
    BisectEnd End,
    BisectChange? Change,
    IReadOnlyList<(string Version, BisectAnswer Answer)> Tested
)
{
    public int Code =>
        End.State switch
        {
            BisectState.Found => ExitCodes.Ok,
            BisectState.NoDifference => ExitCodes.Mismatch,
            _ => ExitCodes.Infrastructure,
        };

    public void Text(ReportWriter report)
    {
        report.Line((Case.Id, TextTone.Strong), ($"  {Case.Key}", TextTone.Plain));
        report.Line($"on {Request.CpuName} ({Request.Cpu.Cpu})");
        report.Line();
        int width = Tested.Max(a => a.Version.Length),
            kernels = Tested.Max(a => a.Answer.Kernel?.Length ?? 0);
        foreach (var (version, answer) in Tested)
        {
            string how = How(answer);
            report.Line(
                ($"  {version.PadRight(width)}  {(answer.Kernel ?? "").PadRight(kernels)}  ", TextTone.Plain),
                (
                    how.PadRight(10),
                    how switch
                    {
                        "same" => TextTone.Good,
                        "different" => TextTone.Bad,
                        _ => TextTone.Doubtful,
                    }
                ),
                (Behaviour(answer), TextTone.Plain)
            );
        }
        report.Line();
        report.Line(Conclusion, End.State == BisectState.Found ? TextTone.Strong : TextTone.Doubtful);
        if (Change is not { } change)
            return;
        change.Text(report);
        report.Line($"the model's predictions for every release: {Hint.Program} timeline {Case.Id}", TextTone.Faint);
    }

    public void Json(TextWriter output)
    {
        foreach (var (version, answer) in Tested)
        {
            JsonLine.Write(
                output,
                new
                {
                    Type = "version",
                    Version = version,
                    answer.Kernel,
                    Verdict = How(answer),
                    Observed = answer.Did?.ToString(),
                    answer.Skipped,
                }
            );
        }
        bool found = End.State is BisectState.Found or BisectState.Narrowed;
        JsonLine.Write(
            output,
            new
            {
                Type = "bisect",
                CaseId = Case.Id,
                Case = Case.Key,
                Cpu = Request.Cpu.Cpu,
                Mode = Request.Mode.ToString().ToLowerInvariant(),
                Request.Good,
                Request.Bad,
                State = End.State switch
                {
                    BisectState.Found => "found",
                    BisectState.Narrowed => "narrowed",
                    BisectState.NoDifference => "no-difference",
                    _ => "no-ends",
                },
                LastSame = found ? End.LastSame : null,
                FirstDifferent = found ? End.FirstDifferent : null,
                Before = Change?.DidBefore.ToString(),
                After = Change?.DidAfter.ToString(),
                PolicyBefore = Change?.PolicyBefore?.Name,
                PolicyAfter = Change?.PolicyAfter?.Name,
                RulesRemoved = Change?.Removed.Select(r => r.Name),
                RulesAdded = Change?.Added.Select(r => r.Name),
                Changelog = Change?.Changelog.Select(i => new { i.Upstream, i.Text }),
                Change?.Command,
            }
        );
    }

    private string Conclusion =>
        End.State switch
        {
            BisectState.Found =>
                $"{Of(End.FirstDifferent)} is the first that decides differently from {Request.Good}; {Of(End.LastSame)} is the last that does not",
            BisectState.Narrowed =>
                $"the first that decides differently from {Request.Good} comes after {Of(End.LastSame)}, and is {Of(End.FirstDifferent)} "
                    + "or one of those skipped between them",
            BisectState.NoDifference => $"{Request.Good} and {Request.Bad} decide alike: there is nothing to find",
            _ => "an end could not be tested, so there is nothing to compare with",
        };

    private string Of(string version) =>
        Tested.FirstOrDefault(a => a.Version == version).Answer?.Kernel is { } kernel
            ? $"{version} ({kernel})"
            : version;

    /// <summary>What it did; for a lifecycle case, from the first operation that differs from the other end.</summary>
    private string Behaviour(BisectAnswer answer)
    {
        var other = ReferenceEquals(answer, Tested[0].Answer) ? Tested[^1].Answer : Tested[0].Answer;
        return answer.Did is not { } did ? answer.Skipped!
            : other.Did is { } its
                ? OutcomeDifference.First(StoredOutcome.Of(did.Outcome), StoredOutcome.Of(its.Outcome)).One!
            : did.ToString();
    }

    private string How(BisectAnswer answer) =>
        answer.Did is not { } did ? "skipped"
        : Tested[0].Answer.Did is not { } good ? "asked"
        : did.SameAs(good) ? "same"
        : "different";
}
