using System.Globalization;
using Harness.Sabotage;
using Harness.Store;

namespace Harness.KernelMutants;

/// <summary>Boots wrong kernels, and looks at what the harness says.</summary>
/// <param name="program">harness.dll.</param>
/// <param name="quick">The filter of the quick set; null: only the wide one runs.</param>
/// <param name="wide">That of the wide set, for what the quick one misses; null: none.</param>
/// <param name="log">Receives a line for each.</param>
internal sealed class MutantMeasuring(string program, string? quick, string? wide, TextWriter log)
{
    // In protected mode a VM takes seconds on 6.12.
    private const string FewInProtectedMode = "access=read & size=page & slot=none";

    /// <summary>With the source as it is, no case may say that the kernel is wrong.</summary>
    /// <exception cref="MutantException">One does not.</exception>
    public async Task CheckBaselineAsync(KernelTree tree, IReadOnlyList<string> where, string cases)
    {
        var run = await MutantHosts.RunAsync(program, tree, where, Fitting(where, cases)).ConfigureAwait(false);
        if (!Boots(run) || run.Noticing.Count > 0)
            throw new MutantException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"on {string.Join(' ', where)}, with the source as it is, {run.Noticing.Count} of {run.Rows.Count} results are not as predicted:\n{run.Ending.All}"
                )
            );
        Say(
            $"the source as it is, on {string.Join(' ', where)}: {run.Rows.Count} results are as predicted, {run.Duration.TotalSeconds:0} s"
        );
    }

    /// <summary>Runs cases on a kernel that was built wrong.</summary>
    public async Task<Measurement> MeasureAsync(KernelMutant mutant, KernelTree tree)
    {
        var measured = null as Measurement;
        foreach (var (filter, outcome) in new[] { (quick, Outcome.Quick), (wide, Outcome.Wide) })
        {
            if (filter is null || measured is { Outcome: not Outcome.Missed })
                continue;
            var run = await MutantHosts
                .RunAsync(program, tree, mutant.Hosts, Fitting(mutant.Hosts, filter))
                .ConfigureAwait(false);
            measured = Of(mutant, outcome, run, measured?.Seconds ?? 0);
        }
        Say(
            $"{mutant.Name} on {measured!.Target}: {measured.Outcome}, {measured.Seconds:0} s; {string.Join(", ", measured.Verdicts.Select(v => $"{v.Key} {v.Value}"))}; {string.Join(", ", measured.Rules.Select(r => $"{r.Rule} {r.Results}"))}"
        );
        return measured;
    }

    private static bool Boots(HarnessRun run) =>
        run.Rows.Any(r => r.Verdict is not (Verdicts.Infrastructure or Verdicts.Planned));

    private static string Fitting(IEnumerable<string> hosts, string filter) =>
        hosts.Any(h => h.EndsWith("/protected", StringComparison.Ordinal))
            ? $"({filter}) & {FewInProtectedMode}"
            : filter;

    private static Measurement Of(KernelMutant mutant, Outcome where, HarnessRun run, double before)
    {
        var measured = Measurement.Of(mutant.Name, string.Join(' ', mutant.Hosts), where, run, before);
        return Boots(run) ? measured : measured with { Outcome = Outcome.DoesNotBoot };
    }

    private void Say(FormattableString line) =>
        log.WriteLine($"kernel-mutants: {line.ToString(CultureInfo.InvariantCulture)}");
}
