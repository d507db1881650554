using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Exports;

public sealed class JunitExportTests : ExportFixture
{
    private string File => Export("run.xml", w => new JunitExport(Nights.Store, w).Write(Run));

    [Test]
    public void The_file_is_valid_by_the_schema()
    {
        var schemas = new XmlSchemaSet();
        using (var schema = XmlReader.Create(Repository.File("tests/Harness.Reports.Tests/Exports/junit.xsd")))
            schemas.Add(null, schema);
        var faults = new List<string>();
        XDocument.Load(File).Validate(schemas, (_, e) => faults.Add(e.Message));
        Assert.That(faults, Is.Empty);
    }

    [Test]
    public void Each_case_is_what_its_verdict_says_and_the_heads_count_them()
    {
        var document = XDocument.Load(File);
        foreach (var suite in document.Root!.Elements("testsuite"))
        {
            var rows = Rows.Where(r => r.Target == suite.Attribute("name")!.Value).ToList();
            var cases = suite.Elements("testcase").ToList();
            int Count(string kind) => cases.Count(c => c.Element(kind) is not null);
            Assert.Multiple(() =>
            {
                Assert.That(
                    cases.Select(c =>
                        c.Elements().Select(e => e.Name.LocalName).FirstOrDefault(n => n != "system-out") ?? "passed"
                    ),
                    Is.EqualTo(rows.Select(r => Verdicts.Of(r.Verdict).Junit.ToString().ToLowerInvariant()))
                );
                Assert.That(
                    cases.Select(c => c.Attribute("classname")!.Value),
                    Is.All.EqualTo($"{suite.Attribute("name")!.Value}.anon")
                );
                Assert.That(
                    new[] { "tests", "failures", "errors", "skipped" }.Select(a =>
                        int.Parse(suite.Attribute(a)!.Value)
                    ),
                    Is.EqualTo(new[] { cases.Count, Count("failure"), Count("error"), Count("skipped") })
                );
            });
        }
        Assert.That((int)document.Root!.Attribute("tests")!, Is.EqualTo(Rows.Count()));
        var text = document
            .Descendants("system-out")
            .First(s => s.Value.Contains("predicted", StringComparison.Ordinal))
            .Value;
        Assert.That(
            text,
            Does.Contain("observed  =1+1 <b>&amp; ]]> \"q\" 'a', # SKIP \\x1b[31m \\x00\n          not ok 1 \ufffd é")
        );
    }

    [Category("Slow")]
    [Test]
    public async Task Junitparser_counts_the_same()
    {
        Consumer.Require("/usr/lib/python3/dist-packages/junitparser", "python3-junitparser");
        string said = await Consumer.PythonAsync(
            """
            import json, sys, junitparser
            x = junitparser.JUnitXml.fromfile(sys.argv[1])
            out = {}
            for s in x:
                kinds = [type(c.result[0]).__name__ if c.result else "Passed" for c in s]
                out[s.name] = {k: kinds.count(k) for k in ("Passed", "Failure", "Error", "Skipped")}
                told = (s.tests, s.failures, s.errors, s.skipped)
                s.update_statistics()
                assert told == (s.tests, s.failures, s.errors, s.skipped), (told, s.name)
            print(json.dumps(out))
            """,
            File
        );
        var found = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, int>>>(said)!;
        Assert.That(found.Keys, Is.EqualTo(Run.Hosts.Select(h => h.Host.Target)));
        foreach (var host in Run.Hosts)
        foreach (var outcome in Enum.GetValues<JunitOutcome>())
            Assert.That(
                found[host.Host.Target][outcome.ToString()],
                Is.EqualTo(host.Verdicts.Where(v => Verdicts.Of(v.Key).Junit == outcome).Sum(v => v.Value)),
                $"{host.Host.Target} {outcome}"
            );
    }
}
