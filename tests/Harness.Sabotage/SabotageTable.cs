using System.Globalization;
using System.Text.Json;

namespace Harness.Sabotage;

/// <summary>The table of measurements: for people as Markdown, for programs as lines of JSON.</summary>
internal static class SabotageTable
{
    public static void Write(TextWriter to, IReadOnlyList<Measurement> measured)
    {
        to.WriteLine("| wrong decision | what goes wrong | host | noticed by | results | rule named most | right |");
        to.WriteLine("|---|---|---|---|--:|---|--:|");
        foreach (var m in measured)
        {
            var decision = WrongDecision.Named(m.Name);
            to.WriteLine(Row([m.Name, decision.Does, m.Target, Words(m.Outcome), .. OfRules(m, decision.Rules)]));
        }
        to.WriteLine();
        to.WriteLine(Summary(measured));
    }

    /// <summary>Shares of what was reached, and in how many of those noticed the right rule is named.</summary>
    public static string Summary(IReadOnlyList<Measurement> measured)
    {
        var reached = measured.Where(m => m.Outcome >= Outcome.Missed).ToList();
        var noticed = reached.Where(m => m.IsNoticed).ToList();
        int quick = noticed.Count(m => m.Outcome == Outcome.Quick);
        int right = noticed.Count(m => m.IsRight(WrongDecision.Named(m.Name).Rules));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{noticed.Count} of {reached.Count} that were reached are noticed ({Percent(noticed.Count, reached.Count)} %), {quick} by the quick set ({Percent(quick, reached.Count)} %); the right rule is named most often in {right} of {noticed.Count}; {measured.Count(m => m.Outcome == Outcome.NotReached)} were never reached, {measured.Count(m => m.Outcome == Outcome.NotPossible)} are not possible on the host"
        );
    }

    public static void WriteJson(TextWriter to, IReadOnlyList<Measurement> measured)
    {
        foreach (var m in measured)
            to.WriteLine(JsonSerializer.Serialize(m, SabotageJson.Options));
    }

    public static int Percent(int part, int all) => all == 0 ? 100 : part * 100 / all;

    public static string Words(Outcome outcome) =>
        outcome switch
        {
            Outcome.Quick => "quick set",
            Outcome.Wide => "wide set",
            Outcome.Crash => "crash",
            Outcome.Missed => "**missed**",
            Outcome.DoesNotBoot => "does not boot",
            Outcome.NotReached => "not reached",
            _ => "not possible",
        };

    /// <summary>How many results noticed it, the rule that they name most, and how many name one of these.</summary>
    public static IEnumerable<object> OfRules(Measurement measured, IReadOnlyList<string> rules)
    {
        var (right, all) = measured.Named(rules);
        return
        [
            all,
            measured.Rules is [var most, ..] ? most.Rule : "",
            all == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{right} of {all}"),
        ];
    }

    public static string Row(IEnumerable<object> cells) =>
        string.Create(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
}
