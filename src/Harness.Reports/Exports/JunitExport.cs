using System.Globalization;
using System.Xml;
using Harness.Reports.Outcomes;
using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>
/// A run as JUnit XML: a testsuite for each host with its facts as properties, a testcase for each case. There is no
/// single schema; this uses the elements and attributes that Jenkins, GitLab and junitparser have in common.
/// </summary>
public sealed class JunitExport(ResultStore store, TextWriter writer)
{
    public void Write(RunSummary run)
    {
        // Written by hand: the encoding is that of the file, UTF-8, and not that of a writer in memory.
        writer.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        using (
            var xml = XmlWriter.Create(
                writer,
                new XmlWriterSettings
                {
                    OmitXmlDeclaration = true,
                    Indent = true,
                    NewLineChars = "\n",
                    CloseOutput = false,
                }
            )
        )
        {
            xml.WriteStartElement("testsuites");
            Attribute(xml, "name", $"harness {run.Run.Id}");
            Counts(xml, run.Hosts);
            Attribute(xml, "time", Seconds(run.Run.StartedUtc, run.FinishedUtc));
            foreach (var host in run.Hosts)
                Suite(xml, run, host);
            xml.WriteEndElement();
        }
        writer.Write("\n");
    }

    private void Suite(XmlWriter xml, RunSummary run, HostSummary host)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", host.Host.Target);
        Counts(xml, [host]);
        Attribute(xml, "skipped", Number(Count([host], JunitOutcome.Skipped)));
        Attribute(xml, "time", Seconds(host.StartedUtc, host.FinishedUtc));
        Attribute(
            xml,
            "timestamp",
            (host.StartedUtc ?? run.Run.StartedUtc).UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss",
                CultureInfo.InvariantCulture
            )
        );
        Attribute(xml, "hostname", host.Host.Target);
        xml.WriteStartElement("properties");
        foreach (var (name, value) in HostProperties.Of(run, host))
        {
            xml.WriteStartElement("property");
            Attribute(xml, "name", name);
            Attribute(xml, "value", value);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        var broken = store.BrokenProperties(host.Id);
        store.ForEachResult(host.Id, null, row => Case(xml, row, broken[row.CaseId]));
        xml.WriteEndElement();
    }

    private static void Case(XmlWriter xml, ResultRow row, IEnumerable<string> broken)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "name", $"{row.CaseId} {CaseTitle.Short(row.Title)}");
        Attribute(xml, "classname", $"{row.Target}.{row.Class}");
        Attribute(xml, "time", (row.DurationMicros / 1e6).ToString("0.000000", CultureInfo.InvariantCulture));
        var outcome = Verdicts.Of(row.Verdict).Junit;
        if (outcome != JunitOutcome.Passed)
        {
            xml.WriteStartElement(
                outcome switch
                {
                    JunitOutcome.Failure => "failure",
                    JunitOutcome.Error => "error",
                    _ => "skipped",
                }
            );
            Attribute(xml, "type", row.Verdict);
            Attribute(xml, "message", $"{row.Verdict}: {ResultText.Summary(row)}");
            xml.WriteEndElement();
        }
        if (row.Verdict != Verdicts.Planned)
        {
            xml.WriteStartElement("system-out");
            xml.WriteString(XmlText.Of(ResultText.Of(row, broken), keepLines: true));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void Counts(XmlWriter xml, IReadOnlyList<HostSummary> hosts)
    {
        Attribute(xml, "tests", Number(hosts.Sum(h => h.Planned)));
        Attribute(xml, "failures", Number(Count(hosts, JunitOutcome.Failure)));
        Attribute(xml, "errors", Number(Count(hosts, JunitOutcome.Error)));
    }

    private static int Count(IReadOnlyList<HostSummary> hosts, JunitOutcome outcome) =>
        hosts.Sum(h => h.Verdicts.Where(v => Verdicts.Of(v.Key).Junit == outcome).Sum(v => v.Value));

    private static void Attribute(XmlWriter xml, string name, string value) =>
        xml.WriteAttributeString(name, XmlText.Of(value, keepLines: false));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(DateTimeOffset? start, DateTimeOffset? end) =>
        (start is { } a && end is { } b && b > a ? (b - a).TotalSeconds : 0).ToString(
            "0.000",
            CultureInfo.InvariantCulture
        );
}
