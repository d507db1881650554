using System.Globalization;
using System.Text;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// A run as a table, RFC 4180: one header line, CRLF, UTF-8. A cell that a spreadsheet would interpret as a formula
/// begins with an apostrophe: a host's text must not be executed when the file is opened.
/// </summary>
public sealed class CsvExport(ResultStore store, TextWriter writer)
{
    private static readonly (string Name, Func<HostSummary, ResultRow, string?> Of)[] s_columns =
    [
        ("run", (_, r) => r.Run),
        ("target", (_, r) => r.Target),
        ("kind", (h, _) => h.Host.Kind),
        ("kernel_release", (h, _) => h.Host.KernelRelease),
        ("build_id", (h, _) => h.Host.BuildId),
        ("cpu", (h, _) => h.Host.Cpu),
        ("ordinal", (_, r) => Number(r.Ordinal)),
        ("case_id", (_, r) => r.CaseId),
        ("class", (_, r) => r.Class),
        ("title", (_, r) => r.Title),
        ("verdict", (_, r) => r.Verdict),
        ("culprit", (_, r) => r.Culprit),
        ("reason", (_, r) => r.Reason),
        ("known", (_, r) => r.Known),
        ("policy", (h, r) => r.Policy ?? h.Host.Policy),
        ("rule", (_, r) => r.Rule),
        ("rule_source", (_, r) => r.RuleSource),
        ("predicted", (_, r) => r.Predicted),
        ("observed", (_, r) => r.Observed),
        ("details", (_, r) => r.Details),
        ("evidence", (_, r) => string.Join(' ', r.Evidence)),
        ("attempts", (_, r) => Number(r.Attempts)),
        ("duration_us", (_, r) => Number(r.DurationMicros)),
        ("stored_utc", (_, r) =>
            r.StoredUtc?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        ),
    ];

    public void Write(RunSummary run)
    {
        Line([.. s_columns.Select(c => c.Name), "broken_properties"]);
        foreach (var host in run.Hosts)
        {
            var broken = store.BrokenProperties(host.Id);
            store.ForEachResult(host.Id, null, row =>
                Line([.. s_columns.Select(c => c.Of(host, row)), string.Join(' ', broken[row.CaseId])])
            );
        }
    }

    private void Line(IEnumerable<string?> cells) =>
        writer.Write(string.Join(',', cells.Select(c => Cell(c ?? ""))) + "\r\n");

    internal static string Cell(string value)
    {
        // A file is also printed to terminals, and many readers end a string at NUL.
        value = Printable.Of(value, keepLines: true);
        if (value.Length > 0 && "=+-@".Contains(value[0], StringComparison.Ordinal))
            value = "'" + value;
        return value.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? value
            : new StringBuilder(value).Replace("\"", "\"\"").Insert(0, '"').Append('"').ToString();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
