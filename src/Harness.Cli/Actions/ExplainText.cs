using Harness.Analysis.Differences;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Reports;
using Harness.Runs.Judging;

namespace Harness.Cli.Actions;

/// <summary>
/// The path of one case through one policy, or through two: then as a diff, in which common parts are shown once and
/// a "-" or "+" marks what belongs only to the first or the second.
/// </summary>
internal sealed class ExplainText(ReportWriter report, Policy a, Policy? b)
{
    /// <summary>A reason is given where the policies first differ; what follows from it needs none.</summary>
    private bool _parted;

    /// <summary>The last text about the guest's view, by mark.</summary>
    private readonly Dictionary<char, string> _views = [];

    public void WriteTitle()
    {
        if (b is null)
        {
            report.Line($"under {a.Name}");
            return;
        }
        report.Line($"--- {a.Name}", TextTone.Bad);
        report.Line($"+++ {b.Name}", TextTone.Good);
    }

    public void Write(HostFacts host, Case c, string where, bool underTcg)
    {
        _parted = false;
        _views.Clear();
        var (of, to) = (a.Predict(host, c), b?.Predict(host, c));
        report.Line();
        report.Line(where, TextTone.Strong);
        if (of.Outside is not null)
        {
            Line(' ', 2, of.ToString());
            return;
        }
        if (c is CapabilityCase)
        {
            Capability(of, to);
            return;
        }
        if (c is SlotCallsCase)
        {
            new ExplainSlotCalls(report, b is not null).Write(of, to);
            return;
        }
        if (c is NestedCase nested)
        {
            for (int i = 0; i < nested.Acts.Count; i++)
                Stage($"{i + 1} {nested.Acts[i].Name}", OfNested(of, i), to is null ? null : OfNested(to, i));
            return;
        }
        if (c is AbortCase aborts)
        {
            for (int i = 0; i < aborts.Acts.Count; i++)
                Stage($"{i + 1} {aborts.Acts[i].Name}", OfAborts(of, i), to is null ? null : OfAborts(to, i));
            return;
        }
        if (c is RingCase ring)
        {
            if (of.Registration != Errno.None || to is { Registration: not Errno.None })
                Stage(
                    "KVM_ENABLE_CAP",
                    new Step(of.RegistrationPath, Word(of.Registration)),
                    to is null ? null : new Step(to.RegistrationPath, Word(to.Registration))
                );
            for (int i = 0; i < ring.Acts.Count; i++)
            {
                var (one, other) = (OfRing(of, i), to is null ? null : OfRing(to, i));
                if (one is null && other is null)
                    break;
                Stage($"{i + 1} {ring.Acts[i].Name}", one, other);
            }
            return;
        }
        if (c is TagCase tags)
        {
            for (int i = 0; i < tags.Acts.Count; i++)
                Stage($"{i + 1} {tags.Acts[i].Name}", OfTags(of, i), to is null ? null : OfTags(to, i));
            return;
        }
        if (c is ProgramCase program)
        {
            Stage(
                "KVM_SET_USER_MEMORY_REGION",
                new Step(of.RegistrationPath, Word(of.Registration)),
                to is null ? null : new Step(to.RegistrationPath, Word(to.Registration))
            );
            for (int i = 0; i < program.Steps.Count; i++)
            {
                var (one, other) = (OfProgram(of, i), to is null ? null : OfProgram(to, i));
                if (one is null && other is null)
                    break;
                Stage($"{i + 1} {program.Steps[i]}", one, other);
            }
            return;
        }
        if (c is CacheCase caches)
        {
            Stage(
                "KVM_SET_USER_MEMORY_REGION",
                new Step(of.RegistrationPath, Word(of.Registration)),
                to is null ? null : new Step(to.RegistrationPath, Word(to.Registration))
            );
            for (int i = 0; i < Math.Max(of.CacheActs.Count, to?.CacheActs.Count ?? 0); i++)
                Stage(
                    $"{i + 1} {CacheText.Acts.Of(caches.Acts.Span[i])}",
                    OfCaches(of, i),
                    to is null ? null : OfCaches(to, i),
                    caches.Acts.Span[i].ByGuest()
                );
            return;
        }
        if (c is not AttributeCase attributes)
        {
            new ExplainLifecycle(report, a, b).Write(of, to);
            return;
        }
        Stage(
            "KVM_SET_USER_MEMORY_REGION",
            new Step(of.RegistrationPath, Word(of.Registration)),
            to is null ? null : new Step(to.RegistrationPath, Word(to.Registration))
        );
        for (int i = 0; i < attributes.Accesses.Count; i++)
        {
            var (one, other) = (At(of, i), to is null ? null : At(to, i));
            if (one is null && other is null)
                break;
            Stage(CaseText.Word(attributes.Accesses[i]), one, other);
            if (attributes is GuestCase guest)
                Used(host, guest.Use, i == attributes.Accesses.Count - 1, one?.Outcome, other?.Outcome, underTcg);
            else
                View(host, one?.Outcome, other?.Outcome, underTcg);
            if (i == 0 && (of.Change is not null || to?.Change is not null))
                Stage($"then: {CaseText.Word(attributes.Change!)}", Of(of.Change), Of(to?.Change));
        }
    }

    private void Capability(Prediction of, Prediction? to)
    {
        Line(' ', 2, "KVM_CHECK_EXTENSION");
        string source = of.Deciding.Source.ToString();
        Line(' ', 4, $"{of.Deciding.Name}: {of.Deciding.Says}");
        if (to is null || (to.Outside is null && to.Deciding.Source == of.Deciding.Source))
            Line(' ', 8, source, TextTone.Faint);
        else
        {
            Line('-', 8, source, TextTone.Faint);
            if (to.Outside is null)
                Line('+', 8, to.Deciding.Source.ToString(), TextTone.Faint);
        }
        if (to is null || to.Outcome == of.Outcome)
        {
            Line(' ', 4, $"=> {of.Outcome}", TextTone.Strong);
            return;
        }
        Line('-', 4, $"=> {of.Outcome}", TextTone.Strong);
        Line('+', 4, $"=> {to.Outcome}", TextTone.Strong);
    }

    /// <param name="Path">The rules that fired.</param>
    /// <param name="End">The result.</param>
    private sealed record Step(IReadOnlyList<Rule> Path, string End, Outcome? Outcome = null);

    private static Step? At(Prediction prediction, int access) =>
        access < prediction.Accesses.Count
            ? new Step(
                prediction.Accesses[access].Path,
                prediction.Accesses[access].Outcome.ToString(),
                prediction.Accesses[access].Outcome
            )
            : null;

    private static Step? OfProgram(Prediction prediction, int step) =>
        step < prediction.Program.Count
            ? new Step(prediction.Program[step].Path, OutcomeText.Of(prediction.Program[step].Part))
            : null;

    private static Step? OfCaches(Prediction prediction, int act) =>
        act < prediction.CacheActs.Count
            ? new Step(prediction.CacheActs[act].Rules, OutcomeText.Of(prediction.CacheActs[act].Part))
            : null;

    private static Step OfNested(Prediction prediction, int act) =>
        new(prediction.NestedActs[act].Path, OutcomeText.Of(prediction.NestedActs[act].Part));

    private static Step OfAborts(Prediction prediction, int act) =>
        new(prediction.AbortActs[act].Path, OutcomeText.Of(prediction.AbortActs[act].Part));

    private static Step? OfRing(Prediction prediction, int act) =>
        act < prediction.RingActs.Count
            ? new(prediction.RingActs[act].Path, OutcomeText.Of(prediction.RingActs[act].Part))
            : null;

    private static Step OfTags(Prediction prediction, int act) =>
        new(prediction.TagActs[act].Path, OutcomeText.Of(prediction.TagActs[act].Part));

    private static Step? Of(ChangePrediction? change) =>
        change is null
            ? null
            : new Step(change.Path, $"{(change.Errno == Errno.None ? "" : $"{change.Errno}; ")}{change.Left}");

    private static string Word(Errno registration) =>
        registration == Errno.None ? "registered" : registration.ToString();

    private void Stage(string title, Step? of, Step? to, bool byGuest = true)
    {
        if (b is not null && (of is null || to is null))
        {
            // The other policy refused earlier: showing the whole path would be pointless.
            var (mark, step) = of is null ? ('+', to!) : ('-', of);
            Line(mark, 2, $"{title}: {string.Join(", ", step.Path.Select(r => r.Name))}");
            Line(mark, 6, $"=> {step.End}", TextTone.Strong);
            return;
        }
        Line(' ', 2, title);
        if (to is null)
            foreach (var rule in of!.Path)
                Common(rule, rule);
        else
            Compared(of!.Path, to.Path);
        if (of!.Path.Count == 0 && (to is null || to.Path.Count == 0))
            Line(
                ' ',
                4,
                title.StartsWith("then", StringComparison.Ordinal) || !byGuest
                    ? "stage 2 is unchanged"
                    : "the existing leaf allows it: no fault"
            );
        if (to is null || of.End == to.End)
        {
            Line(' ', 4, $"=> {of.End}", TextTone.Strong);
            return;
        }
        Line('-', 4, $"=> {of.End}", TextTone.Strong);
        Line('+', 4, $"=> {to.End}", TextTone.Strong);
    }

    /// <summary>Both paths merged, by the names of the rules.</summary>
    private void Compared(IReadOnlyList<Rule> of, IReadOnlyList<Rule> to)
    {
        int i = 0,
            j = 0;
        while (i < of.Count || j < to.Count)
        {
            if (i < of.Count && j < to.Count && of[i].Name == to[j].Name)
            {
                Common(of[i++], to[j++]);
                continue;
            }
            // Rules have the same order in both: one that is earlier in the first path and later in the second is
            // deferred.
            bool explain = !_parted;
            if (explain)
                Line(' ', 4, "here they differ:", TextTone.Doubtful);
            _parted = true;
            for (; i < of.Count && !Has(to, j, of[i]); i++)
                Alone('-', of[i], b!, to, explain);
            for (; j < to.Count && (i == of.Count || to[j].Name != of[i].Name) && !Has(of, i, to[j]); j++)
                Alone('+', to[j], a, of, explain);
            if (i < of.Count && j < to.Count && of[i].Name != to[j].Name && Has(to, j, of[i]) && Has(of, i, to[j]))
                Alone('-', of[i++], b!, to, explain);
        }
    }

    private static bool Has(IReadOnlyList<Rule> path, int from, Rule rule) =>
        path.Skip(from).Any(r => r.Name == rule.Name);

    private void Common(Rule of, Rule to)
    {
        Line(' ', 4, $"{of.Name}: {of.Says}");
        if (of.Source == to.Source)
        {
            Line(' ', 8, of.Source.ToString(), TextTone.Faint);
            return;
        }
        Line('-', 8, of.Source.ToString(), TextTone.Faint);
        Line('+', 8, to.Source.ToString(), TextTone.Faint);
    }

    private void Alone(char mark, Rule rule, Policy other, IReadOnlyList<Rule> others, bool explain)
    {
        Line(mark, 4, $"{rule.Name}: {rule.Says}", mark == '-' ? TextTone.Bad : TextTone.Good);
        Line(mark, 8, rule.Source.ToString(), TextTone.Faint);
        if (!explain)
            return;
        string why =
            !other.Has(rule.Name) ? $"{other.Name} has no such rule"
            : !RuleDifference.IsSame(rule, other.Rule(rule.Name))
                ? $"{other.Name} has another condition: {other.Rule(rule.Name).Says}"
            : others.Count > 0 && others[^1].Effect is not Effect.Continue
                ? $"{other.Name} has it too, but ends at {others[^1].Name}"
            : $"{other.Name} has it too, but here its condition doesn't hold";
        Line(mark, 8, $"({why})");
    }

    /// <summary>
    /// The effective type for the guest, by the type in its own tables, and what it can observe of that.
    /// </summary>
    private void View(HostFacts host, Outcome? of, Outcome? to, bool underTcg)
    {
        var ends = b is null || of == to ? (List<(char Mark, Outcome? End)>)[(' ', of)] : [('-', of), ('+', to)];
        foreach (var (mark, end) in ends)
        {
            if (end is not { Kind: OutcomeKind.Mapped } mapped)
                continue;
            var lines = ViewOf(mapped.Leaf, host.Fwb, underTcg);
            string all = string.Join('\n', lines);
            if (_views.GetValueOrDefault(mark) == all)
                continue;
            _views[mark] = all;
            foreach (string line in lines)
                Line(mark, 7, line, TextTone.Faint);
        }
    }

    /// <summary>
    /// The effective type for a guest with its own tables, and, for the last access, what it observes of its
    /// operation.
    /// </summary>
    private void Used(HostFacts host, GuestUse use, bool last, Outcome? of, Outcome? to, bool underTcg)
    {
        if (!last)
            return;
        foreach (
            var (mark, end) in b is null || of == to ? (List<(char, Outcome?)>)[(' ', of)] : [('-', of), ('+', to)]
        )
        {
            if (end is not { Kind: OutcomeKind.Mapped } mapped)
                continue;
            var expected = GuestExpectation.Of(new GuestView(use.StageOne, mapped.Leaf, host.Fwb), use.Operation);
            Line(mark, 7, $"guest with {TypeText.Word(use.StageOne)}: {expected}", TextTone.Strong);
            Line(mark, 11, expected.Source, TextTone.Faint);
            if (
                underTcg
                && Erratum.All.FirstOrDefault(e => e.IsDue(new Platform(Tcg: true, Cpus: 2), expected)) is { } erratum
            )
                Line(mark, 11, $"erratum {erratum.Name}: {erratum.Does}", TextTone.Doubtful);
        }
    }

    private static List<string> ViewOf(Leaf leaf, bool fwb, bool underTcg)
    {
        (string Name, EffectiveType Type)[] own =
        [
            ("MMU off", Combination.MmuOff),
            (TypeText.Word(EffectiveType.NormalNonCacheable), EffectiveType.NormalNonCacheable),
            (TypeText.Word(EffectiveType.NormalWriteBack), EffectiveType.NormalWriteBack),
        ];
        return
        [
            .. own.Select(o => (o.Name, View: new GuestView(o.Type, leaf, fwb)))
                .GroupBy(o => Words(o.View, underTcg), o => o.Name)
                .Select(g => $"guest {(g.Count() == own.Length ? "whatever it says" : string.Join(", ", g))}: {g.Key}"),
            .. new GuestView(Combination.MmuOff, leaf, fwb).FetchFaults
                ? (string[])["an instruction fetch is a permission fault, and KVM's to decide"]
                : [],
        ];
    }

    private static string Words(GuestView view, bool underTcg)
    {
        var words = new List<string> { TypeText.Word(view.Type) };
        if (view.UnalignedAccess != Unaligned.Works)
            words.Add("unaligned accesses fault");
        if (view.ZeroingFaults)
            words.Add("DC ZVA faults");
        if (!view.ExclusivesSure)
            words.Add("exclusives may fault");
        if (!underTcg)
            return string.Join(", ", words);
        var tcg = view.UnderTcg;
        var odd = new List<string>();
        if (tcg.UnalignedFirst != view.UnalignedAccess)
            odd.Add(
                tcg.UnalignedFirst == Unaligned.RunFails
                    ? "an unaligned access that is the first makes KVM_RUN fail with EFAULT"
                    : "an unaligned access that is the first faults"
            );
        if (tcg.ZeroingFaults != view.ZeroingFaults)
            odd.Add("DC ZVA does not fault");
        if (tcg.ExclusivesSure != view.ExclusivesSure)
            odd.Add("exclusives work");
        return string.Join(", ", words) + (odd.Count == 0 ? "" : $"; but under TCG {string.Join(", ", odd)}");
    }

    private void Line(char mark, int indent, string text, TextTone ink = TextTone.Plain)
    {
        string begin = (b is null ? "" : mark.ToString()) + new string(' ', b is null ? indent - 2 : indent - 1);
        foreach (string line in Wrapping.Lines(begin, text))
            report.Line(line, ink);
    }
}
