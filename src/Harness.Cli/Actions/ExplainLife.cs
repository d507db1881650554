using Harness.Model;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>
/// A page's life by one policy, or by two: a line for each act with how it ends and by which transition, and the page after it;
/// below, the transitions with their sources. Of two policies a "-" or "+" marks what is the first's or the second's alone.
/// </summary>
internal sealed class ExplainLife(ReportWriter report, Policy a, Policy? b)
{
    private const int WidestOutcome = 34;

    public void Write(Prediction of, Prediction? to)
    {
        var columns = new Columns([of, .. to is null ? Array.Empty<Prediction>() : [to]]);
        bool parted = false;
        for (int i = 0; i < Math.Max(of.Acts.Count, to?.Acts.Count ?? 0); i++)
        {
            var (one, other) = (of.Acts.ElementAtOrDefault(i), to?.Acts.ElementAtOrDefault(i));
            if (to is null || (one is not null && other is not null && IsSame(one, other)))
            {
                Line(' ', columns.Row(i, one!), Inks(one!));
                Page(' ', of, i);
                continue;
            }
            if (!parted && one?.Outcome != other?.Outcome)
            {
                report.Line("    here they part:", Ink.Doubtful);
                parted = true;
            }
            Alone('-', of, i, columns, Ink.Bad);
            Alone('+', to, i, columns, Ink.Good);
        }
        report.Line(b is null ? "  the transitions:" : "   the transitions:");
        var mine = of.Acts.Select(s => s.By).DistinctBy(t => t.Name).ToList();
        var its = (to ?? of).Acts.Select(s => s.By).DistinctBy(t => t.Name).ToDictionary(t => t.Name);
        foreach (var transition in mine)
            if (its.Remove(transition.Name, out var same))
                Common(transition, same);
            else
                Alone('-', transition, b!);
        foreach (var transition in to is null ? [] : to.Acts.Select(s => s.By).Where(t => its.ContainsKey(t.Name)).DistinctBy(t => t.Name))
            Alone('+', transition, a);
    }

    private void Alone(char mark, Prediction prediction, int i, Columns columns, Ink ink)
    {
        if (i == prediction.Acts.Count)
            Line(mark, $"{i + 1,3}  nothing more can be done", ink);
        if (i >= prediction.Acts.Count)
            return;
        Line(mark, columns.Row(i, prediction.Acts[i]), ink);
        Page(mark, prediction, i);
    }

    /// <summary>The page after an act, where it is another than before.</summary>
    private void Page(char mark, Prediction prediction, int i)
    {
        string page = PageText.Of(prediction.Acts[i].After);
        if (i == 0 || PageText.Of(prediction.Acts[i - 1].After) != page)
            Text(mark, 9, $"=> {page}", Ink.Strong);
    }

    private static bool IsSame(Step one, Step other) => one.Outcome == other.Outcome && one.After == other.After && one.By.Name == other.By.Name;

    private static Ink Inks(Step step) => step.Outcome.EndsGuest ? Ink.Doubtful : Ink.Plain;

    private void Common(Transition of, Transition to)
    {
        Text(' ', 4, $"{of.Name}: {of.Says}");
        if (of.Source == to.Source)
        {
            Text(' ', 8, of.Source.ToString(), Ink.Faint);
            return;
        }
        Text('-', 8, of.Source.ToString(), Ink.Faint);
        Text('+', 8, to.Source.ToString(), Ink.Faint);
    }

    private void Alone(char mark, Transition transition, Policy other)
    {
        Text(mark, 4, $"{transition.Name}: {transition.Says}", mark == '-' ? Ink.Bad : Ink.Good);
        Text(mark, 8, transition.Source.ToString(), Ink.Faint);
        Text(mark, 8, !other.Has(transition.Name) ? $"({other.Name} has no such transition)"
            : $"({other.Name} has it too, but the page doesn't come to it)");
    }

    private void Line(char mark, string row, Ink ink) => report.Line((b is null ? "" : mark.ToString()) + row, ink);

    private void Text(char mark, int indent, string text, Ink ink = Ink.Plain)
    {
        string begin = (b is null ? "" : mark.ToString()) + new string(' ', b is null ? indent - 2 : indent - 1);
        foreach (string line in Wrapping.Lines(begin, text))
            report.Line(line, ink);
    }

    /// <summary>How wide the columns are.</summary>
    private sealed class Columns(IReadOnlyList<Prediction> predictions)
    {
        private readonly int _act = Width(predictions, s => ActText.Word(s.Act));
        private readonly int _outcome = Math.Min(WidestOutcome, Width(predictions, s => s.Outcome.ToString()));

        public string Row(int i, Step s) =>
            $"{i + 1,3}  {ActText.Word(s.Act).PadRight(_act)}  {s.Outcome.ToString().PadRight(_outcome)}  {s.By.Name}";

        private static int Width(IReadOnlyList<Prediction> predictions, Func<Step, string> word) =>
            predictions.SelectMany(p => p.Acts).Select(s => word(s).Length).DefaultIfEmpty().Max();
    }
}
