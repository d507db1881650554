using System.Text.Json;
using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Exports;

public sealed class KcidbExportTests : ExportFixture
{
    private string File => Export("run.json", w => new KcidbExport(Nights.Store, w, "my_lab").Write(Run));

    private JsonElement Document => JsonDocument.Parse(System.IO.File.ReadAllText(File)).RootElement;

    [Category("Slow")]
    [Test]
    public async Task The_document_is_valid_by_the_schema()
    {
        Consumer.Require("/usr/lib/python3/dist-packages/jsonschema", "python3-jsonschema");
        string said = await Consumer.PythonAsync(
            """
            import json, sys, jsonschema
            schema, document = (json.load(open(f, encoding="utf-8")) for f in sys.argv[1:])
            checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
            checker.check_schema(schema)
            for e in checker.iter_errors(document):
                print(list(e.absolute_path), e.message[:300])
            """,
            Repository.File("tests/Harness.Reports.Tests/Exports/kcidb-v5.schema.json"),
            File
        );
        Assert.That(said, Is.Empty);
    }

    [Category("Slow")]
    [Test]
    public async Task The_schema_refuses_what_kcidb_refuses()
    {
        Consumer.Require("/usr/lib/python3/dist-packages/jsonschema", "python3-jsonschema");
        string valid = System.IO.File.ReadAllText(File);
        foreach (
            var (from, to) in new[]
            {
                ("\"PASS\"", "\"PASSED\""),
                ("\"origin\":\"my_lab\"", "\"origin\":\"My-Lab\""),
                ("kvm_stage2.anon.", "kvm stage2."),
                ("\"major\":5", "\"major\":4"),
                ("\"comment\":", "\"remark\":"),
            }
        )
        {
            string broken = Path.Combine(Directory, "broken.json");
            await System.IO.File.WriteAllTextAsync(broken, valid.Replace(from, to, StringComparison.Ordinal));
            var (code, _) = await Consumer.RunAsync(
                Consumer.Python,
                "-c",
                "import json, sys, jsonschema\nschema, document = (json.load(open(f, encoding='utf-8')) for f in sys.argv[1:])\n"
                    + "sys.exit(0 if jsonschema.Draft202012Validator(schema).is_valid(document) else 7)",
                Repository.File("tests/Harness.Reports.Tests/Exports/kcidb-v5.schema.json"),
                broken
            );
            Assert.That(code, Is.EqualTo(7), $"{from} -> {to}");
        }
    }

    [Test]
    public void Every_id_is_the_origins_and_unique_and_every_reference_meets_its_object()
    {
        var document = Document;
        HashSet<string> Ids(string of)
        {
            var ids = document.GetProperty(of).EnumerateArray().Select(o => o.GetProperty("id").GetString()!).ToList();
            Assert.That(ids, Is.Unique.And.All.StartsWith("my_lab:"), of);
            return [.. ids];
        }

        var (checkouts, builds, tests, issues) = (Ids("checkouts"), Ids("builds"), Ids("tests"), Ids("issues"));
        Ids("incidents");
        IEnumerable<string> References(string of, string member) =>
            document
                .GetProperty(of)
                .EnumerateArray()
                .Where(o => o.TryGetProperty(member, out _))
                .Select(o => o.GetProperty(member).GetString()!)
                .Distinct();
        Assert.Multiple(() =>
        {
            Assert.That(tests, Has.Count.EqualTo(Rows.Count()));
            Assert.That(References("builds", "checkout_id"), Is.SubsetOf(checkouts));
            Assert.That(References("tests", "build_id"), Is.SubsetOf(builds));
            Assert.That(References("incidents", "issue_id"), Is.SubsetOf(issues));
            Assert.That(References("incidents", "test_id"), Is.SubsetOf(tests));
            Assert.That(References("incidents", "build_id"), Is.SubsetOf(builds));
        });
    }

    [Test]
    public void Statuses_are_those_of_the_table_and_a_host_that_never_answered_has_a_kernel_of_its_own()
    {
        var tests = Document.GetProperty("tests").EnumerateArray().ToList();
        Assert.That(
            tests.Select(t => t.GetProperty("status").GetString()),
            Is.EqualTo(Rows.Select(r => KcidbWords.Status(r.Verdict, r.Culprit, r.Attempts > 0)))
        );
        Assert.That(
            tests
                .Where(t => t.GetProperty("id").GetString()!.Contains("/lost/", StringComparison.Ordinal))
                .Select(t => t.GetProperty("build_id").GetString()),
            Is.All.EqualTo("my_lab:build/unknown/night-1/lost")
        );
    }

    [Test]
    public void A_known_difference_is_an_issue_and_each_case_of_it_an_incident_and_a_stale_one_is_absent()
    {
        var document = Document;
        var issues = document
            .GetProperty("issues")
            .EnumerateArray()
            .ToDictionary(i => i.GetProperty("misc").GetProperty("name").GetString()!);
        var incidents = document.GetProperty("incidents").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(
                issues["entry-1"].GetProperty("culprit").GetRawText(),
                Is.EqualTo("""{"code":true,"tool":false,"harness":false}""")
            );
            Assert.That(
                issues["entry-1"].GetProperty("report_url").GetString(),
                Is.EqualTo("https://lore.example.org/a%20b")
            );
            Assert.That(
                issues["entry-2"].GetProperty("culprit").GetRawText(),
                Is.EqualTo("""{"code":false,"tool":false,"harness":true}""")
            );
            Assert.That(issues["entry-2"].TryGetProperty("report_url", out _), Is.False);
            Assert.That(
                incidents.Select(i =>
                    (
                        i.GetProperty("present").GetBoolean(),
                        i.TryGetProperty("test_id", out _),
                        i.GetProperty("issue_id").GetString()![..24]
                    )
                ),
                Is.EqualTo(
                    new[]
                    {
                        (
                            true,
                            true,
                            "my_lab:known/entry-1/" + issues["entry-1"].GetProperty("id").GetString()![21..24]
                        ),
                        (
                            false,
                            false,
                            "my_lab:known/entry-2/" + issues["entry-2"].GetProperty("id").GetString()![21..24]
                        ),
                    }
                )
            );
        });
    }
}
