using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A migration between every two targets of a run: a row per source, a column per destination.</summary>
/// <param name="CaseId">The migration's id.</param>
/// <param name="Title">The migration's key.</param>
/// <param name="Sources">The sources, in the order of the run.</param>
/// <param name="Destinations">The destinations, in the same order.</param>
/// <param name="Cells">By source and destination; a pair that was not planned has none.</param>
public sealed record MigrationMatrix(
    string CaseId,
    string Title,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> Destinations,
    IReadOnlyDictionary<(string From, string To), MigrationCell> Cells
)
{
    /// <summary>Null if the run does not have the pair.</summary>
    public MigrationCell? this[string from, string to] => Cells.GetValueOrDefault((from, to));

    /// <summary>One for each migration, in the order of first occurrence in the run.</summary>
    public static IReadOnlyList<MigrationMatrix> Of(IReadOnlyList<MigrationRow> rows)
    {
        string[] targets = [.. rows.Select(r => r.Source).Concat(rows.Select(r => r.Destination)).Distinct()];
        return
        [
            .. rows.GroupBy(r => r.CaseId)
                .Select(g =>
                {
                    var cells = new Dictionary<(string, string), MigrationCell>();
                    foreach (var row in g)
                        cells[(row.Source, row.Destination)] = new MigrationCell(row);
                    return new MigrationMatrix(
                        g.Key,
                        g.First().Title,
                        [.. targets.Where(t => g.Any(r => r.Source == t))],
                        [.. targets.Where(t => g.Any(r => r.Destination == t))],
                        cells
                    );
                }),
        ];
    }
}
