using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Harness.Reports.Comparing;
using Harness.Reports.Exports;
using Harness.Reports.Notices;
using Harness.Reports.Tests.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Migrations;

/// <summary>Every output for hosts and cases also supports pairs and migrations.</summary>
public sealed class PairOutputsTests
{
    private const string Mismatched = "6.12/a76/vhe -> 6.12/max/vhe";

    private string _directory = "";
    private ResultStore _store = null!;
    private RunSummary _run = null!;

    [SetUp]
    public async Task StoreARun()
    {
        _directory = Directory.CreateTempSubdirectory("harness-pairs-").FullName;
        _store = await PairRuns.AllPairsAsync(_directory, PairRuns.Four);
        _run = _store.Run()!;
    }

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Programs_get_a_line_for_each_migration_with_all_that_is_stored_of_it()
    {
        var lines = Written(w => new JsonReport(_store, w).Write(_run))
            .TrimEnd('\n')
            .Split('\n')
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToList();
        var moves = lines.Where(l => l.GetProperty("type").GetString() == "migration").ToList();
        Assert.That(moves, Has.Count.EqualTo(64));
        Assert.That(lines.Count(l => l.GetProperty("type").GetString() == "result"), Is.EqualTo(64));
        var move = moves.Single(m =>
            m.GetProperty("source").GetString() == "7.2/max/vhe"
            && m.GetProperty("destination").GetString() == "6.12/a76/vhe"
            && m.GetProperty("case").GetString() == "b2b2b2b2b2b2"
        );
        Assert.That(
            move.GetRawText(),
            Is.EqualTo(
                """
                {"type":"migration","source":"7.2/max/vhe","destination":"6.12/a76/vhe","case":"b2b2b2b2b2b2","title":"pfnmap:unknown:wb:shared vma=rw slot=none write moved","verdict":"match","culprit":"none","reason":"breaks no-silent-weakening: A VM that resumes has its memory of no weaker type than before.","rule":"resumes","predicted":"resumed","stage":"resumed","errno":null,"sourceLeaf":"Normal-WB rwx","destinationLeaf":"Device-nGnRE rw","violation":"no-silent-weakening","violationRule":"device-unless-map-memory","refused":2,"refusedRegisters":"MIDR_EL1 EINVAL, CTR_EL0 EINVAL","bytes":65536,"sourceMicros":4100,"transferMicros":6050,"destinationMicros":2200}
                """
            )
        );
        Assert.That(
            moves.Single(m => m.GetProperty("verdict").GetString() == "planned").GetProperty("bytes").ValueKind,
            Is.EqualTo(JsonValueKind.Null),
            "nothing is known of it"
        );
        var pair = lines.First(l => l.GetProperty("type").GetString() == "host");
        Assert.That(
            (
                pair.GetProperty("kind").GetString(),
                pair.GetProperty("source").GetString(),
                pair.GetProperty("destination").GetString()
            ),
            Is.EqualTo(("pair", "6.12/max/vhe", "6.12/max/vhe"))
        );
    }

    [Test]
    public void The_documented_members_of_a_migration_are_those_that_are_written()
    {
        string documented = File.ReadAllText(Repository.File("docs/results.md"));
        foreach (
            string line in Written(w => new JsonReport(_store, w).Write(_run))
                .TrimEnd('\n')
                .Split('\n')
                .Where(l => l.StartsWith("{\"type\":\"migration\"", StringComparison.Ordinal))
        )
        {
            var members = JsonDocument.Parse(line).RootElement.EnumerateObject().Skip(1).Select(m => m.Name);
            string row = documented
                .Split('\n')
                .Single(l => l.StartsWith("| `migration` | `", StringComparison.Ordinal));
            Assert.That(
                Regex.Matches(row.Split('|')[2], "`([A-Za-z]+)`").Select(m => m.Groups[1].Value),
                Is.EqualTo(members)
            );
        }
    }

    [Test]
    public void Junit_has_a_suite_for_each_pair_and_a_case_for_each_migration()
    {
        var schemas = new XmlSchemaSet();
        using (var schema = XmlReader.Create(Repository.File("tests/Harness.Reports.Tests/Exports/junit.xsd")))
            schemas.Add(null, schema);
        var faults = new List<string>();
        var document = XDocument.Parse(Written(w => new JunitExport(_store, w).Write(_run)));
        document.Validate(schemas, (_, e) => faults.Add(e.Message));
        var suite = document.Root!.Elements("testsuite").Single(s => s.Attribute("name")!.Value == Mismatched);
        Assert.Multiple(() =>
        {
            Assert.That(faults, Is.Empty);
            Assert.That(document.Root!.Elements("testsuite").Count(), Is.EqualTo(16));
            Assert.That(
                suite
                    .Descendants("property")
                    .ToDictionary(p => p.Attribute("name")!.Value, p => p.Attribute("value")!.Value),
                Does.ContainKey("source")
                    .WithValue("6.12/a76/vhe")
                    .And.ContainKey("destination")
                    .WithValue("6.12/max/vhe")
            );
            Assert.That(
                suite.Elements("testcase").Select(c => c.Attribute("name")!.Value.Split(' ')[0]),
                Is.EqualTo(new[] { "a1a1a1a1a1a1", "b2b2b2b2b2b2", "c3c3c3c3c3c3", "d4d4d4d4d4d4" })
            );
            Assert.That(
                suite.Elements("testcase").Single(c => c.Element("failure") is not null).Attribute("classname")!.Value,
                Is.EqualTo($"{Mismatched}.migration:pfnmap:unknown:wb:shared")
            );
        });
    }

    [Test]
    public void Ktap_has_a_test_for_each_pair()
    {
        var pairs = KtapReader.Read(Written(w => new KtapExport(_store, w).Write(_run)));
        Assert.That(
            pairs.Where(p => !p.Ok).Select(p => p.Description),
            Is.EqualTo(new[] { "6.12/max/vhe -> 6.12/max/vhe", Mismatched, "7.2/a76/vhe -> 7.2/a76/vhe" }),
            "planned, mismatched, lost"
        );
        Assert.That(pairs.SelectMany(p => p.Subtests).Count(), Is.EqualTo(64));
    }

    /// <summary>A pair is not a kernel: the tested kernel is the destination's.</summary>
    [Category("Slow")]
    [Test]
    public async Task Kcidb_has_the_builds_of_the_targets_and_each_migration_is_a_test_of_its_destinations()
    {
        string file = Path.Combine(_directory, "run.json");
        await File.WriteAllTextAsync(file, Written(w => new KcidbExport(_store, w, "lab").Write(_run)));
        Consumer.Require("/usr/lib/python3/dist-packages/jsonschema", "python3-jsonschema");
        string said = await Consumer.PythonAsync(
            "import json, sys, jsonschema\nschema, document = (json.load(open(f, encoding='utf-8')) for f in sys.argv[1:])\n"
                + "for e in jsonschema.Draft202012Validator(schema).iter_errors(document): print(list(e.absolute_path), e.message[:300])",
            Repository.File("tests/Harness.Reports.Tests/Exports/kcidb-v5.schema.json"),
            file
        );
        var document = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement;
        var test = document
            .GetProperty("tests")
            .EnumerateArray()
            .Single(t =>
                t.GetProperty("id").GetString() == $"lab:{_run.Run.Id}/7.2/max/vhe -> 6.12/a76/vhe/b2b2b2b2b2b2"
            );
        Assert.Multiple(() =>
        {
            Assert.That(said, Is.Empty);
            Assert.That(
                document.GetProperty("builds").EnumerateArray().Select(b => b.GetProperty("id").GetString()),
                Is.EquivalentTo(new[] { "lab:build/bbbbb612", "lab:build/bbbbbb72" })
            );
            Assert.That(
                document.GetProperty("checkouts").EnumerateArray().Select(b => b.GetProperty("comment").GetString()),
                Is.EquivalentTo(new[] { "Linux 6.12.1-arm64", "Linux 7.2.1-arm64" })
            );
            Assert.That(test.GetProperty("build_id").GetString(), Is.EqualTo("lab:build/bbbbb612"));
            Assert.That(
                test.GetProperty("environment").GetProperty("misc").GetProperty("source_kernel").GetString(),
                Is.EqualTo("7.2.1-arm64")
            );
        });
    }

    [Test]
    public void Csv_has_a_line_for_each_migration()
    {
        string[] lines = Written(w => new CsvExport(_store, w).Write(_run)).TrimEnd().Split("\r\n");
        Assert.That(lines, Has.Length.EqualTo(65));
        Assert.That(
            lines,
            Has.One.Contains($",{Mismatched},pair,6.12.1-arm64 -> 6.12.1-arm64,").And.Contains(",mismatch,kernel,")
        );
    }

    [Test]
    public async Task Two_runs_of_pairs_are_compared_and_what_changed_of_a_target_is_reported_once()
    {
        await PairRuns.AllPairsAsync(_directory, PairRuns.Four, "2026-11-22T18-00-00Z-cc33", hours: 24, worse: true);
        string shown = Compared("2026-11-22T18-00-00Z-cc33");
        Assert.That(
            shown,
            Does.Contain("comparable: the same model, probe, policies and capabilities")
                .And.Contain("on 16 pairs\n")
                .And.Contain("\nregression 1\n")
        );
        Assert.That(shown, Does.Contain("on 7.2/max/vhe -> 7.2/max/vhe 1\n"));

        await PairRuns.AllPairsAsync(_directory, PairRuns.Four, "2026-11-23T18-00-00Z-dd44", hours: 48, release: 2);
        shown = Compared("2026-11-23T18-00-00Z-dd44");
        string[] kernels =
        [
            .. shown
                .Split('\n')
                .Where(l =>
                    l.Contains("kernel 6.12.1", StringComparison.Ordinal)
                    || l.Contains("kernel 7.2.1", StringComparison.Ordinal)
                )
                .Select(l => l.Trim()),
        ];
        Assert.That(
            kernels,
            Is.EqualTo(PairRuns.Four.Select(t => $"{t} kernel {t.Split('/')[0]}.1-arm64 -> {t.Split('/')[0]}.2-arm64"))
        );
    }

    [Test]
    public async Task Equal_facts_of_many_pairs_are_summarised()
    {
        await PairRuns.AllPairsAsync(_directory, PairRuns.Four[..3], "2026-11-22T18-00-00Z-cc33", hours: 24);
        string shown = Compared("2026-11-22T18-00-00Z-cc33");
        Assert.That(
            shown,
            Does.Contain(
                "7 pairs, from any to 7.2/a76/vhe; from 7.2/a76/vhe to 6.12/max/vhe, 6.12/a76/vhe, 7.2/max/vhe, only before (28 cases)\n"
            )
        );
        Assert.That(shown, Does.Contain("on 7.2/a76/vhe -> 7.2/a76/vhe 4\n"), "few are named");
    }

    [Test]
    public async Task A_notice_speaks_of_pairs_and_stays_a_page()
    {
        await PairRuns.AllPairsAsync(_directory, PairRuns.Four, "2026-11-22T18-00-00Z-cc33", hours: 24, worse: true);
        var notice = NightlyMessage.Of(_store, _store.Run("2026-11-22T18-00-00Z-cc33")!);
        Assert.Multiple(() =>
        {
            Assert.That(notice.Subject, Is.EqualTo("harness moves: 1 regression; 56 of 64 as predicted"));
            Assert.That(
                notice.ToString(),
                Does.Contain(", 16 pairs\n").And.Contain("on 16 pairs\n").And.Not.Contain("host")
            );
            Assert.That(
                notice.Lines,
                Has.Count.LessThanOrEqualTo(NightlyMessage.MostLines)
                    .And.All.Length.LessThanOrEqualTo(NightlyMessage.Width)
            );
        });
    }

    private string Compared(string after)
    {
        var (a, b) = (_run, _store.Run(after)!);
        return Written(w => new ComparisonText(ReportWriter.Plain(w)).Write(Comparison.Of(_store, a, b), a, b));
    }

    private static string Written(Action<TextWriter> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text);
        return text.ToString();
    }
}
