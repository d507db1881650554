using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Reports.Exports;

namespace Harness.Reports.Tests.Exports;

public sealed class CsvExportTests : ExportFixture
{
    private string File => Export("run.csv", w => new CsvExport(Nights.Store, w).Write(Run));

    [Test]
    public async Task Pythons_reader_gets_back_every_cell_but_for_the_apostrophe_of_formulas()
    {
        string said = await Consumer.PythonAsync(
            """
            import csv, json, sys
            with open(sys.argv[1], newline="", encoding="utf-8") as f:
                print(json.dumps(list(csv.DictReader(f, strict=True))))
            """,
            File
        );
        var found = JsonSerializer.Deserialize<List<Dictionary<string, string>>>(said)!;
        static string Told(string? value) =>
            value is ['=', ..] ? "'" + Printable.Of(value, keepLines: true) : value ?? "";
        Assert.That(
            found.Select(r => (r["target"], r["case_id"], r["verdict"], r["reason"], r["observed"], r["known"])),
            Is.EqualTo(
                Rows.Select(r => (r.Target, r.CaseId, r.Verdict, Told(r.Reason), Told(r.Observed), r.Known ?? ""))
            )
        );
    }

    [Test]
    public void The_header_is_the_documented_one_and_lines_end_in_CRLF()
    {
        string text = System.IO.File.ReadAllText(File);
        string documented = System.IO.File.ReadAllText(Repository.File("docs/exports.md")).Split("Columns: ")[1];
        Assert.That(
            text.Split("\r\n")[0].Split(','),
            Is.EqualTo(Regex.Matches(documented, "`([a-z_]+)`").Select(m => m.Groups[1].Value))
        );
        Assert.That(text, Does.EndWith("\r\n"));
    }

    [TestCase("plain", "plain")]
    [TestCase("a,b", "\"a,b\"")]
    [TestCase("a \"b\"", "\"a \"\"b\"\"\"")]
    [TestCase("a\nb", "\"a\nb\"")]
    [TestCase("a\x1b[2Jb\x07\u202ec\rd\te", "a\\x1b[2Jb\\x07\\u202ec\\x0dd e")]
    [TestCase("a\0b", "a\\x00b")]
    [TestCase("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")]
    [TestCase("@x", "'@x")]
    [TestCase("-1+2", "'-1+2")]
    [TestCase("a=b", "a=b")]
    [TestCase("", "")]
    public void A_cell_is_quoted_and_guarded_where_it_has_to_be(string value, string cell) =>
        Assert.That(CsvExport.Cell(value), Is.EqualTo(cell));
}
