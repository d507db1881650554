using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What each host did with each access to each backing.</summary>
/// <param name="Rows">By class and access, in the order of the cases.</param>
internal sealed record DecisionMatrix(IReadOnlyList<MatrixRow> Rows)
{
    private static readonly string[] s_accesses =
    [
        .. Enum.GetValues<Access>().Select(CaseText.Word),
        .. OperationGroup.All,
    ];

    /// <param name="cases">By class.</param>
    /// <param name="outcomes">By their number in results; the first is no outcome.</param>
    public static DecisionMatrix Of(
        IReadOnlyList<ReportedCase> cases,
        IReadOnlyList<HostResults> hosts,
        IReadOnlyList<StoredOutcome> outcomes
    )
    {
        var parts = outcomes.Select(Parts).ToList();
        var rows = new Dictionary<(string Class, string Access), MatrixRow>();
        MatrixRow Row(ReportedCase c, string access)
        {
            if (!rows.TryGetValue((c.Class, access), out var row))
                rows[(c.Class, access)] = row = new MatrixRow(
                    c.Class,
                    access,
                    [.. hosts.Select(_ => new MatrixCell())]
                );
            return row;
        }
        for (int h = 0; h < hosts.Count; h++)
            foreach (var result in hosts[h].Results)
            {
                var c = cases[result.Case];
                string verdict = Verdicts.All[result.Verdict];
                var whole =
                    verdict is Verdicts.Skip or Verdicts.Planned or Verdicts.OutsideModel ? OutcomeKind.NotAsked
                    : result.Outcome == 0 ? OutcomeKind.Nothing
                    : outcomes[result.Outcome].Value is null ? OutcomeKind.Older
                    : parts[result.Outcome].Count == 0 ? OutcomeKind.Refused
                    : null;
                if (whole is not null)
                    foreach (string access in c.Accesses.Distinct())
                        Row(c, access).Cells[h].Add(whole, verdict);
                else
                {
                    // A lifecycle case has several outcomes of one kind of operation, and one verdict.
                    var seen = new HashSet<string>(StringComparer.Ordinal);
                    foreach (var (access, kind) in parts[result.Outcome])
                        Row(c, access)
                            .Cells[h]
                            .Add(
                                kind,
                                c.Operations.Count + c.Steps.Count == 0 || seen.Add(access) ? verdict : Verdicts.Match
                            );
                }
            }
        return new DecisionMatrix([
            .. rows
                .Values.OrderBy(r => r.Class, StringComparer.Ordinal)
                .ThenBy(r => Array.IndexOf(s_accesses, r.Access)),
        ]);
    }

    private static IReadOnlyList<(string Access, OutcomeKind Kind)> Parts(StoredOutcome outcome) =>
        outcome.IsLifecycle
            // A case counts once, however often it does the operation.
            ?
            [
                .. outcome
                    .Parts.OfType<OperationPart>()
                    .Select(p => (OperationGroup.Of(p.Operation), OutcomeKind.Of(p)))
                    .Distinct(),
            ]
        : outcome.IsLong
            ?
            [
                .. outcome
                    .Parts.OfType<ProgramPart>()
                    .Where(p => p.Access is not null)
                    .Select(p => (p.Of.Split('.')[0], OutcomeKind.Of(p)))
                    .Distinct(),
            ]
        : [.. outcome.Parts.OfType<AccessPart>().Select(p => (p.Of, OutcomeKind.Of(p)))];
}

/// <summary>A backing and an access; a cell for each host.</summary>
internal sealed record MatrixRow(string Class, string Access, IReadOnlyList<MatrixCell> Cells)
{
    /// <summary>All hosts that ran it did the same, and nothing in it needs attention.</summary>
    public bool IsPlain =>
        Cells.All(c => c.Mark == MatrixMark.None)
        && Cells
            .Where(c => c.IsAsked)
            .Select(c => string.Join(' ', c.Outcomes.Select(o => o.Kind.Key)))
            .Distinct()
            .Count() < 2;
}

internal enum MatrixMark
{
    None,

    /// <summary>Something in it is neither match nor skip, without need for attention.</summary>
    Remark,

    /// <summary>Something in it needs attention.</summary>
    Wrong,
}

/// <summary>How often a host had each outcome.</summary>
internal sealed class MatrixCell
{
    private readonly int[] _counts = new int[OutcomeKind.All.Count];
    private readonly SortedDictionary<string, int> _others = new(StringComparer.Ordinal);

    public MatrixMark Mark { get; private set; }

    /// <summary>Verdicts that are neither match nor skip, counted.</summary>
    public IReadOnlyDictionary<string, int> Others => _others;

    /// <summary>In the order of the legend; without "not run" if anything was.</summary>
    public IReadOnlyList<(OutcomeKind Kind, int Count)> Outcomes
    {
        get
        {
            var all = OutcomeKind.All.Select((k, i) => (Kind: k, Count: _counts[i])).Where(o => o.Count > 0).ToList();
            return IsAsked ? [.. all.Where(o => o.Kind != OutcomeKind.NotAsked)] : all;
        }
    }

    public bool IsAsked => _counts.Where((n, i) => n > 0 && OutcomeKind.All[i] != OutcomeKind.NotAsked).Any();

    public void Add(OutcomeKind kind, string verdict)
    {
        for (int i = 0; i < _counts.Length; i++)
            if (OutcomeKind.All[i] == kind)
                _counts[i]++;
        if (Verdicts.Of(verdict).Tone is VerdictTone.Good or VerdictTone.Faint)
            return;
        _others[verdict] = _others.GetValueOrDefault(verdict) + 1;
        var mark = Severity.NeedsAPerson.Contains(verdict) ? MatrixMark.Wrong : MatrixMark.Remark;
        if (mark > Mark)
            Mark = mark;
    }
}
