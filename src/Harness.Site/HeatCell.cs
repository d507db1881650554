using Harness.Reports;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Site;

/// <summary>A cell of a heat map: its colour, and a number or a sign that says the same.</summary>
/// <param name="Tone">"good", "doubt", "bad" or "none".</param>
/// <param name="Sign">What it shows.</param>
/// <param name="Says">What it means, in words.</param>
/// <param name="To">Where it leads.</param>
public sealed record HeatCell(string Tone, string Sign, string Says, string To)
{
    private const string AllGood = "·";
    private const string Lost = "!";
    private const string Going = "…";

    /// <summary>A host in a run: the number of results that are not as predicted.</summary>
    public static HeatCell Of(SiteRun run, HostSummary host, string to)
    {
        var counts = VerdictCounts.Of([host]);
        int bad = counts.Where(c => Severity.Of(c.Verdict.Word) == Level.Red).Sum(c => c.Cases),
            doubt = counts.Where(c => Severity.Of(c.Verdict.Word) == Level.Amber).Sum(c => c.Cases);
        bool judged = counts.Any(c => c.Verdict.Class == VerdictClass.Good);
        string says =
            $"{host.Host.Target}, {run.Id}: {VerdictCounts.Joined(counts)}"
            + (host.Host.KernelRelease is { } kernel ? $"; {kernel}" : "")
            + (host.State == States.Finished ? "" : $"; {host.State}{(host.Reason is { } why ? $": {why}" : "")}");
        return bad > 0 ? new("bad", Headline.Number(bad), says, to)
            : run.IsRunning && host.State is States.Running or States.Planned ? new("none", Going, says, to)
            : host.State == States.Failed || !judged ? new("doubt", Lost, says, to)
            : doubt > 0 || host.State != States.Finished
                ? new("doubt", doubt > 0 ? Headline.Number(doubt) : Lost, says, to)
            : new("good", AllGood, says, to);
    }

    /// <summary>A case's result in a run.</summary>
    public static HeatCell Of(string verdict, string says, string to) =>
        new(
            Verdicts.Of(verdict).Tone switch
            {
                VerdictTone.Good => "good",
                VerdictTone.Bad => "bad",
                VerdictTone.Doubtful => "doubt",
                _ => "none",
            },
            verdict switch
            {
                Verdicts.Match => AllGood,
                Verdicts.Skip => "–",
                _ => verdict[..1].ToUpperInvariant(),
            },
            says,
            to
        );
}

/// <summary>A row of a heat map.</summary>
/// <param name="Name">Its head.</param>
/// <param name="To">Where that leads.</param>
/// <param name="Cells">By column; null: not run.</param>
public sealed record HeatRow(string Name, string To, IReadOnlyList<HeatCell?> Cells);
