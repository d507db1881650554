using System.Globalization;

namespace Harness.Sabotage;

/// <summary>Makes a host decide wrongly, one way at a time, and looks at what the harness says.</summary>
/// <param name="host">The host.</param>
/// <param name="quick">The filter of the quick set; null: only the wide one runs.</param>
/// <param name="wide">That of the wide set, for what the quick one misses; null: none.</param>
/// <param name="log">Receives a line for each.</param>
internal sealed class Measuring(SabotagedHost host, string? quick, string? wide, TextWriter log)
{
    /// <summary>A few seconds; a host on which these don't match is replaced.</summary>
    private const string Check =
        "cover=yes & family=core & (backing=anonymous | memory=unknown) & (access=read | access=\"read,write\")";

    /// <summary>
    /// With nothing armed, no case may say that the kernel is wrong, and only a few may say nothing (on a busy machine
    /// one was too slow): otherwise nothing that follows means anything.
    /// </summary>
    /// <exception cref="SabotageException">It is not so.</exception>
    public async Task CheckBaselineAsync(string cases)
    {
        var run = await host.RunAsync(cases).ConfigureAwait(false);
        if (run.Noticing.Count > 0 || run.Unusual.Count * 20 >= run.Rows.Count)
            throw new SabotageException(
                $"{host.Target}: with the module loaded and nothing armed, {run.Unusual.Count} of {run.Rows.Count} results are not as predicted:\n{run.Ending.All}"
            );
        foreach (var row in run.Unusual)
            log.WriteLine($"sabotage: {host.Target}, nothing armed: {row.Verdict} ({row.Culprit}) of {row.CaseId}");
    }

    public async Task<Measurement> MeasureAsync(WrongDecision decision)
    {
        var measured = await ArmedAsync(decision).ConfigureAwait(false);
        log.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"sabotage: {decision.Name} on {host.Target}: {measured.Outcome}, fired {measured.Fired}, {measured.Seconds:0.0} s; {string.Join(", ", measured.Verdicts.Select(v => $"{v.Key} {v.Value}"))}; {string.Join(", ", measured.Rules.Select(r => $"{r.Rule} {r.Results}"))}"
            )
        );
        return measured;
    }

    private async Task<Measurement> ArmedAsync(WrongDecision decision)
    {
        if (!await host.ArmAsync(decision.Name).ConfigureAwait(false))
            return new Measurement(decision.Name, $"{host.Target}", Outcome.NotPossible);
        var (run, measured) = (null as HarnessRun, null as Measurement);
        long? fired = 0;
        foreach (var (filter, where) in new[] { (quick, Outcome.Quick), (wide, Outcome.Wide) })
        {
            if (filter is null || measured?.IsNoticed == true)
                continue;
            run = await host.RunAsync(filter).ConfigureAwait(false);
            fired = await host.FiredAsync().ConfigureAwait(false);
            measured = Of(decision, where, run, fired ?? 0, measured?.Seconds ?? 0);
        }
        // A lab host that panics is lost for the harness; one that it boots itself is a crash.
        if (fired is null)
            measured = measured! with { Outcome = Outcome.Crash };
        if (
            !await host.DisarmAsync().ConfigureAwait(false)
            || decision.Reboot && measured!.Fired > 0
            || await IsDamagedAsync(run!).ConfigureAwait(false)
        )
            await host.ReplaceAsync().ConfigureAwait(false);
        return measured!;
    }

    private Measurement Of(WrongDecision decision, Outcome where, HarnessRun run, long fired, double before)
    {
        var measured = Measurement.Of(decision.Name, $"{host.Target}", where, run, before);
        return measured with
        {
            Fired = fired,
            Outcome = fired == 0 && !measured.IsNoticed ? Outcome.NotReached : measured.Outcome,
        };
    }

    private async Task<bool> IsDamagedAsync(HarnessRun run)
    {
        if (run.Unusual.Count == 0)
            return false;
        var check = await host.RunAsync(Check).ConfigureAwait(false);
        return check.Rows.Count == 0 || check.Unusual.Count > 0;
    }
}
