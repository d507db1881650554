using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The sections of a run's page, in order.</summary>
internal sealed class RunContent(ReportModel model, ResultStore store, KnownFindings known)
{
    private readonly IReadOnlyList<PeerRow> _peers = store.Peers(model.Run.Run.Id);
    private readonly IReadOnlyList<KernelReportCount> _kernelReports = store.KernelReports(model.Run.Run.Id);

    /// <summary>What the page's own navigation leads to: names and ids.</summary>
    public IEnumerable<(string Name, string Id)> Sections
    {
        get
        {
            yield return ("Summary", "summary");
            if (model.Broken.Cases > 0)
                yield return ("Properties", "properties");
            if (_kernelReports.Count > 0)
                yield return ("Kernel reports", "kernel-reports");
            yield return ("Findings", "findings");
            yield return ("Changes", "changes");
            if (model.Moves.Count > 0)
                yield return ("Migrations", "moves");
            if (!model.IsMovesAlone)
                yield return ("Decisions", "matrix");
            if (_peers.Count > 0)
                yield return ("Other suites", PeersSection.Id);
            yield return ("Hosts", "hosts");
            yield return ("All cases", "list");
        }
    }

    /// <param name="html">The page.</param>
    /// <param name="to">The page's text, for data that needs no escaping.</param>
    public void Write(HtmlWriter html, TextWriter to)
    {
        new SummarySection(model).Write(html);
        new PropertiesSection(model.Run, model.Broken, known).Write(html);
        new KernelReportsSection(_kernelReports).Write(html);
        var findings = new FindingsSection(model, store);
        findings.WriteContents(html);
        new ChangesSection(model.Changes).Write(html);
        new MigrationsSection(model).Write(html);
        new MatrixSection(model).Write(html);
        findings.WriteAll(html);
        new PeersSection(_peers).Write(html);
        new HostsSection(model).Write(html);
        new ListSection(model).Write(html, to);
    }
}
