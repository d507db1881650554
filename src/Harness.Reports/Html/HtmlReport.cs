using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>
/// A stored run as one self-contained HTML file: no server, no network, and a script only for searching. The same store
/// gives the same bytes.
/// </summary>
public sealed class HtmlReport(ResultStore store)
{
    public KnownFindings Findings { get; init; } = KnownFindings.None;

    /// <param name="to">UTF-8; lines end in LF.</param>
    /// <exception cref="StoreException">The file can't be used.</exception>
    public void Write(RunSummary run, TextWriter to)
    {
        store.AtOneMoment(() =>
        {
            new Page(ReportModel.Read(store, run), store, Findings).Write(to);
            return true;
        });
    }
}
