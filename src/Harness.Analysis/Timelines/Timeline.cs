using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Timelines;

/// <summary>The decision of each release about one case, on each kind of host.</summary>
/// <param name="Case">The case.</param>
/// <param name="Releases">The oldest first: the rows.</param>
/// <param name="Hosts">The columns: hosts that every release treats alike, those with the most features first.</param>
/// <param name="Cells">By release, then by column.</param>
public sealed record Timeline(
    Case Case,
    IReadOnlyList<Release> Releases,
    IReadOnlyList<IReadOnlyList<HostFacts>> Hosts,
    IReadOnlyList<IReadOnlyList<TimelineCell>> Cells
)
{
    /// <summary>
    /// Over every combination of FWB and DIC, with MTE if the VM has tags; for a lifecycle case, in protected mode,
    /// too.
    /// </summary>
    public static Timeline Of(Case @case, IReadOnlyList<Release> releases)
    {
        IReadOnlyList<HostFacts>[] hosts =
        [
            .. HostFacts
                .Of(@case)
                .Where(h => h.Mte == @case is AttributeCase { Mte: true })
                .Reverse()
                .GroupBy(h => string.Join('|', releases.Select(r => NetworkPath(r.Policy.Predict(h, @case)))))
                .Select(g => (IReadOnlyList<HostFacts>)[.. g]),
        ];
        var columns = hosts.Select(h => Column(h[0], @case, releases)).ToList();
        return new Timeline(
            @case,
            releases,
            hosts,
            [.. releases.Select((_, i) => (IReadOnlyList<TimelineCell>)[.. columns.Select(c => c[i])])]
        );
    }

    /// <summary>
    /// The operations of a lifecycle, by index, that have different outcomes in some cells: the others don't
    /// distinguish releases. Ascending.
    /// </summary>
    public IReadOnlyList<int> ChangedOperations =>
        [
            .. Enumerable
                .Range(0, (Case as LifecycleCase)?.Operations.Count ?? 0)
                .Where(i =>
                    Cells
                        .SelectMany(row => row)
                        .Where(c => i < c.Prediction.Operations.Count)
                        .Select(c => c.Prediction.Operations[i].Outcome)
                        .Distinct()
                        .Count() > 1
                ),
        ];

    private static List<TimelineCell> Column(HostFacts host, Case @case, IReadOnlyList<Release> releases)
    {
        var cells = new List<TimelineCell>();
        foreach (var release in releases)
            cells.Add(
                TimelineCell.Of(
                    release.Policy.Predict(host, @case),
                    release.Before is { } before ? cells[before].Prediction : null
                )
            );
        return cells;
    }

    private static string NetworkPath(Prediction prediction) => $"{prediction}/{TimelineCell.LastOf(prediction)?.Name}";
}
