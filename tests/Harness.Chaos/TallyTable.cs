using System.Globalization;
using System.Text.Json;

namespace Harness.Chaos;

/// <summary>The table of a suite: for people as Markdown, for programs as lines of JSON.</summary>
internal static class TallyTable
{
    public static void Write(TextWriter to, IReadOnlyList<Tally> tallies)
    {
        to.WriteLine(
            "| fault | injected | verdicts at stake | lost | blamed for cases without their verdict | leftovers | wrong |"
        );
        to.WriteLine("|---|--:|--:|--:|---|--:|--:|");
        foreach (var t in tallies.Where(t => t.Injected > 0 || t.Wrong > 0))
            to.WriteLine(Row(t.Fault.Name, t.Injected, t.AtStake, t.Lost, Words(t), t.Leftovers, t.Wrong));
        to.WriteLine(
            Row(
                "in all",
                tallies.Sum(t => t.Injected),
                tallies.Sum(t => t.AtStake),
                tallies.Sum(t => t.Lost),
                "",
                tallies.Sum(t => t.Leftovers),
                tallies.Sum(t => t.Wrong)
            )
        );
        foreach (var t in tallies.Where(t => t.NotHere is not null))
            to.WriteLine($"\n{t.Fault.Name} was not injected: {t.NotHere}");
    }

    public static void WriteJson(TextWriter to, IReadOnlyList<Tally> tallies)
    {
        foreach (var t in tallies)
            to.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        fault = t.Fault.Name,
                        injected = t.Injected,
                        atStake = t.AtStake,
                        lost = t.Lost,
                        blame = t.Blame,
                        leftovers = t.Leftovers,
                        wrong = t.Wrong,
                        seconds = Math.Round(t.Seconds, 1),
                        notHere = t.NotHere,
                    }
                )
            );
    }

    private static string Words(Tally tally) =>
        tally.Blame.Count == 0 ? "nothing" : string.Join(", ", tally.Blame.Select(b => $"{b.Key} {b.Value}"));

    private static string Row(params IEnumerable<object> cells) =>
        string.Create(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
}
