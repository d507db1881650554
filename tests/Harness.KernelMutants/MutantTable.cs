using System.Globalization;
using Harness.Sabotage;

namespace Harness.KernelMutants;

/// <summary>The table of measurements as Markdown.</summary>
internal static class MutantTable
{
    public static void Write(TextWriter to, IReadOnlyList<Measurement> measured)
    {
        to.WriteLine("| mutant | function | what goes wrong | noticed by | results | rule named most | right |");
        to.WriteLine("|---|---|---|---|--:|---|--:|");
        foreach (var m in measured)
        {
            var mutant = KernelMutant.Named(m.Name);
            string noticed =
                mutant.Unobservable is not null && !m.IsNoticed ? "not observable" : SabotageTable.Words(m.Outcome);
            to.WriteLine(
                SabotageTable.Row([
                    m.Name,
                    $"`{mutant.Function}`",
                    mutant.Does,
                    noticed,
                    .. SabotageTable.OfRules(m, mutant.Rules),
                ])
            );
        }
        to.WriteLine();
        to.WriteLine(Summary(measured));
    }

    /// <summary>Shares of those that can be noticed; of those noticed, how many name the right rule.</summary>
    public static string Summary(IReadOnlyList<Measurement> measured)
    {
        var hidden = measured.Where(m => !m.IsNoticed && KernelMutant.Named(m.Name).Unobservable is not null).ToList();
        var judged = measured.Except(hidden).Where(m => m.Outcome >= Outcome.Missed).ToList();
        var noticed = judged.Where(m => m.IsNoticed).ToList();
        int quick = noticed.Count(m => m.Outcome == Outcome.Quick);
        int right = noticed.Count(m => m.IsRight(KernelMutant.Named(m.Name).Rules));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Of {measured.Count} that were measured, {hidden.Count} can't be noticed and {measured.Count(m => m.Outcome == Outcome.DoesNotBoot)} don't boot. {noticed.Count} of the other {judged.Count} are noticed ({SabotageTable.Percent(noticed.Count, judged.Count)} %), {quick} by the quick set ({SabotageTable.Percent(quick, judged.Count)} %); the right rule is named most often in {right} of {noticed.Count} ({SabotageTable.Percent(right, noticed.Count)} %)"
        );
    }
}
