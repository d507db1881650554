using System.Globalization;
using Harness.Model.Outcomes;
using Harness.Reports;
using Harness.Runs.Exploring;
using Harness.Runs.Judging;

namespace Harness.Cli.Actions;

/// <summary>Prints what an exploration found.</summary>
internal static class ExploreReport
{
    private const int Examples = 5;

    /// <summary>"1,200 programs, 23,000 steps, 410 pairs of rules, 1 deviation; 8 min left".</summary>
    public static string Words(ExplorationProgress p, TimeSpan time)
    {
        string left = time > p.Elapsed ? $"; {Minutes(time - p.Elapsed)} left" : "";
        return $"{Counted(p)}{left}";
    }

    public static void Text(
        ExploreRequest request,
        IReadOnlyList<ExploredHost> hosts,
        HostDifferences? differences,
        string? run,
        ReportWriter report
    )
    {
        foreach (var host in hosts)
            Write(request, host, report);
        if (run is not null)
        {
            report.Line();
            report.Line($"stored as run {run}");
        }
        if (differences is not null)
            Write(request, differences, report);
    }

    private static void Write(ExploreRequest request, ExploredHost host, ReportWriter report)
    {
        var (end, p) = (host.End, host.End.Progress);
        report.Line(
            $"{host.Target.Name}: {Counted(p)}, in {Minutes(p.Elapsed)} with seed {request.Seed}",
            TextTone.Strong
        );
        report.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {p.Programs / Math.Max(1, p.Elapsed.TotalSeconds):0.0} programs a second; {end.Interesting.Count} took new pairs of rules; {end.Known} are known differences; {end.Skipped} can't be run there"
            )
        );
        if (end.Lost is { } lost)
            report.Line($"  the host was lost: {lost}", TextTone.Bad);
        foreach (var deviation in end.Deviations)
            Write(host.Target, deviation, report);
        foreach (var loss in end.Losses)
            Write(host.Target, loss, report);
    }

    private static void Write(NamedTarget target, HostLoss loss, ReportWriter report)
    {
        report.Line();
        report.Line(
            $"  LOST BY THE HOST: {loss.Growth.More} {loss.Growth.What}, after {Count(loss.Runs, "program")}, and again when they were repeated",
            TextTone.Bad
        );
        report.Line(
            loss.Programs.Count == 1
                ? "    by        this program, repeated as often"
                : $"    by        {Count(loss.Programs.Count, "program")}, none alone; such as"
        );
        string key = Processes.ShellQuote.Join([loss.Programs[0].Key]);
        report.Line($"    program   {loss.Programs[0].Key}");
        report.Line(
            $"    again     {Hint.Program} explore --target {target.Name} --program {key} --repeat {loss.Runs}"
        );
    }

    public static void Json(
        ExploreRequest request,
        IReadOnlyList<ExploredHost> hosts,
        HostDifferences? differences,
        string? run,
        TextWriter output
    )
    {
        foreach (var host in hosts)
        foreach (var d in host.End.Deviations)
            JsonLine.Write(
                output,
                new
                {
                    Type = "deviation",
                    Target = host.Target.Name,
                    CaseId = d.Program.Id,
                    Case = d.Program.Key,
                    Found = d.Found.Key,
                    Verdict = d.Verdict.Kind.ToString(),
                    d.Verdict.Rule,
                    d.Verdict.Reason,
                    Predicted = d.Verdict.Predicted?.ToString(),
                    Observed = d.Verdict.Observed?.ToString(),
                    d.Confirmed,
                    d.Times,
                }
            );
        foreach (var host in hosts)
        foreach (var l in host.End.Losses)
            JsonLine.Write(
                output,
                new
                {
                    Type = "host-loss",
                    Target = host.Target.Name,
                    l.Growth.What,
                    l.Growth.More,
                    l.Runs,
                    Programs = l.Programs.Select(p => p.Key),
                }
            );
        foreach (
            var (how, some) in new[]
            {
                ("predicted", differences?.AsPredicted),
                ("left-open", differences?.LeftOpen),
                ("otherwise", differences?.Otherwise),
            }
        )
        foreach (var d in some ?? [])
            JsonLine.Write(
                output,
                new
                {
                    Type = "host-difference",
                    How = how,
                    Target = request.Target.Name,
                    Against = request.Against!.Name,
                    CaseId = d.Program.Id,
                    Case = d.Program.Key,
                    d.Step,
                    One = OutcomeText.Of(d.One),
                    Other = OutcomeText.Of(d.Other),
                }
            );
        foreach (var host in hosts)
            JsonLine.Write(
                output,
                new
                {
                    Type = host == hosts[0] ? "exploration" : "against",
                    Target = host.Target.Name,
                    request.Seed,
                    host.End.Progress.Programs,
                    host.End.Progress.Steps,
                    host.End.Progress.Pairs,
                    host.End.Progress.Deviations,
                    Seconds = Math.Round(host.End.Progress.Elapsed.TotalSeconds, 1),
                    Interesting = host.End.Interesting.Count,
                    Losses = host.End.Losses.Count,
                    host.End.Known,
                    host.End.Skipped,
                    host.End.Lost,
                    Run = run,
                    differences?.Compared,
                }
            );
    }

    /// <summary>Both readings: the kernel's fault, or the model's.</summary>
    private static void Write(NamedTarget target, Deviation deviation, ReportWriter report)
    {
        var (program, verdict) = (deviation.Program, deviation.Verdict);
        report.Line();
        report.Line(
            $"  {verdict.Kind.ToString().ToUpperInvariant()} {program.Id}{(deviation.Confirmed ? "" : ", not each time")}, in {Count(deviation.Times, "program")}",
            deviation.Counts ? TextTone.Bad : TextTone.Doubtful
        );
        report.Line($"    program   {program.Key}");
        report.Line($"    found as  {deviation.Found.Id}, {Count(deviation.Found.Steps.Count, "step")}");
        if (
            verdict is { Predicted: PartsOutcome predicted, Observed: PartsOutcome observed }
            && predicted.Parts.Zip(observed.Parts).TakeWhile(p => p.First.Allows(p.Second)).Count() is var at
            && at < Math.Min(predicted.Parts.Count, observed.Parts.Count)
        )
        {
            report.Line($"    predicted {at} {predicted.Parts[at].Of}: {OutcomeText.Of(predicted.Parts[at])}");
            report.Line($"    observed  {at} {observed.Parts[at].Of}: {OutcomeText.Of(observed.Parts[at])}");
        }
        report.Line(
            verdict.Culprit == Culprit.Kernel
                ? $"    readings  the kernel decides wrongly, or the rule {verdict.Rule} of the model does: {verdict.Reason}"
                : $"    reading   {verdict.Culprit.ToString().ToLowerInvariant()}: {verdict.Reason}"
        );
        string key = Processes.ShellQuote.Join([program.Key]);
        report.Line($"    explain   {Hint.Program} explain {key}");
        report.Line($"    again     {Hint.Program} explore --target {target.Name} --program {key}");
    }

    private static void Write(ExploreRequest request, HostDifferences differences, ReportWriter report)
    {
        report.Line();
        report.Line(
            $"{request.Target.Name} and {request.Against!.Name}: {Count(differences.Compared, "program")} on both",
            TextTone.Strong
        );
        Write("differ as their policies say", differences.AsPredicted, TextTone.Plain, report);
        Write("differ where the model leaves it open", differences.LeftOpen, TextTone.Plain, report);
        Write("differ otherwise", differences.Otherwise, TextTone.Bad, report);
    }

    private static void Write(string how, IReadOnlyList<HostDifference> some, TextTone tone, ReportWriter report)
    {
        report.Line($"  {some.Count} {how}", some.Count > 0 ? tone : TextTone.Plain);
        foreach (
            var group in some.GroupBy(d => (d.One.Of, One: OutcomeText.Of(d.One), Other: OutcomeText.Of(d.Other)))
                .OrderByDescending(g => g.Count())
                .Take(Examples)
        )
        {
            report.Line($"    {group.Count()} at {group.Key.Of}: {group.Key.One}; {group.Key.Other}");
            report.Line($"      such as {group.First().Program.Key}");
        }
    }

    private static string Counted(ExplorationProgress p) =>
        $"{Count(p.Programs, "program")}, {Count(p.Steps, "step")}, {Count(p.Pairs, "pair")} of rules, {Count(p.Deviations, "deviation")}";

    private static string Count(int number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {what}{(number == 1 ? "" : "s")}");

    private static string Minutes(TimeSpan time) =>
        time.TotalMinutes < 1 ? $"{time.TotalSeconds:0} s" : $"{(int)time.TotalMinutes} min {time.Seconds} s";
}
