using Harness.Model;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>
/// A lifecycle by one policy, or by two: a line for each operation with its result, its transition and the page after
/// it; below, the transitions with their sources. With two policies a "-" or "+" marks what belongs only to the first
/// or the second.
/// </summary>
internal sealed class ExplainLifecycle(ReportWriter report, Policy a, Policy? b)
{
    private const int WidestOutcome = 34;

    public void Write(Prediction of, Prediction? to)
    {
        var columns = new Columns([of, .. to is null ? Array.Empty<Prediction>() : [to]]);
        bool parted = false;
        for (int i = 0; i < Math.Max(of.Operations.Count, to?.Operations.Count ?? 0); i++)
        {
            var (one, other) = (of.Operations.ElementAtOrDefault(i), to?.Operations.ElementAtOrDefault(i));
            if (to is null || (one is not null && other is not null && IsSame(one, other)))
            {
                Line(' ', columns.Row(i, one!), Inks(one!));
                Page(' ', of, i);
                continue;
            }
            if (!parted && one?.Outcome != other?.Outcome)
            {
                report.Line("    here they differ:", TextTone.Doubtful);
                parted = true;
            }
            Alone('-', of, i, columns, TextTone.Bad);
            Alone('+', to, i, columns, TextTone.Good);
        }
        report.Line(b is null ? "  the transitions:" : "   the transitions:");
        var mine = of.Operations.Select(s => s.By).DistinctBy(t => t.Name).ToList();
        var its = (to ?? of).Operations.Select(s => s.By).DistinctBy(t => t.Name).ToDictionary(t => t.Name);
        foreach (var transition in mine)
            if (its.Remove(transition.Name, out var same))
                Common(transition, same);
            else
                Alone('-', transition, b!);
        foreach (
            var transition in to is null
                ? []
                : to.Operations.Select(s => s.By).Where(t => its.ContainsKey(t.Name)).DistinctBy(t => t.Name)
        )
            Alone('+', transition, a);
    }

    private void Alone(char mark, Prediction prediction, int i, Columns columns, TextTone ink)
    {
        if (i == prediction.Operations.Count)
            Line(mark, $"{i + 1, 3}  nothing more can be done", ink);
        if (i >= prediction.Operations.Count)
            return;
        Line(mark, columns.Row(i, prediction.Operations[i]), ink);
        Page(mark, prediction, i);
    }

    /// <summary>The page after an operation, if it changed.</summary>
    private void Page(char mark, Prediction prediction, int i)
    {
        string page = PageText.Of(prediction.Operations[i].After);
        if (i == 0 || PageText.Of(prediction.Operations[i - 1].After) != page)
            Text(mark, 9, $"=> {page}", TextTone.Strong);
    }

    private static bool IsSame(Step one, Step other) =>
        one.Outcome == other.Outcome && one.After == other.After && one.By.Name == other.By.Name;

    private static TextTone Inks(Step step) => step.Outcome.EndsGuest ? TextTone.Doubtful : TextTone.Plain;

    private void Common(Transition of, Transition to)
    {
        Text(' ', 4, $"{of.Name}: {of.Says}");
        if (of.Source == to.Source)
        {
            Text(' ', 8, of.Source.ToString(), TextTone.Faint);
            return;
        }
        Text('-', 8, of.Source.ToString(), TextTone.Faint);
        Text('+', 8, to.Source.ToString(), TextTone.Faint);
    }

    private void Alone(char mark, Transition transition, Policy other)
    {
        Text(mark, 4, $"{transition.Name}: {transition.Says}", mark == '-' ? TextTone.Bad : TextTone.Good);
        Text(mark, 8, transition.Source.ToString(), TextTone.Faint);
        Text(
            mark,
            8,
            !other.Has(transition.Name)
                ? $"({other.Name} has no such transition)"
                : $"({other.Name} has it too, but it is not reached)"
        );
    }

    private void Line(char mark, string row, TextTone ink) =>
        report.Line((b is null ? "" : mark.ToString()) + row, ink);

    private void Text(char mark, int indent, string text, TextTone ink = TextTone.Plain)
    {
        string begin = (b is null ? "" : mark.ToString()) + new string(' ', b is null ? indent - 2 : indent - 1);
        foreach (string line in Wrapping.Lines(begin, text))
            report.Line(line, ink);
    }

    /// <summary>How wide the columns are.</summary>
    private sealed class Columns(IReadOnlyList<Prediction> predictions)
    {
        private readonly int _act = Width(predictions, s => OperationText.Word(s.Operation));
        private readonly int _outcome = Math.Min(WidestOutcome, Width(predictions, s => s.Outcome.ToString()));

        public string Row(int i, Step s) =>
            $"{i + 1, 3}  {OperationText.Word(s.Operation).PadRight(_act)}  {s.Outcome.ToString().PadRight(_outcome)}  {s.By.Name}";

        private static int Width(IReadOnlyList<Prediction> predictions, Func<Step, string> word) =>
            predictions.SelectMany(p => p.Operations).Select(s => word(s).Length).DefaultIfEmpty().Max();
    }
}
