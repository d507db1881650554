using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Tests;

/// <summary>What docs/results.md says is what is there.</summary>
public sealed partial class DocumentTests : StoreFixture
{
    private static readonly Dictionary<string, string> s_answers = new()
    {
        ["What regressed since last night?"] = """
            fwb|anonymous:private vma=rw slot=none write|match|crash|crash, for a reason
            fwb|pfnmap:unknown:wb:shared vma=rw slot=none read|match|mismatch|mismatch, for a reason
            """,
        ["Which cases differ on this kernel?"] = """
            fwb|0d0d0d0d0d0d|anonymous:private vma=rw slot=none write|crash|slot-is-aligned
            fwb|0e0e0e0e0e0e|anonymous:shared vma=rw slot=none read|known|slot-is-aligned
            fwb|f247a6ff73a2|pfnmap:unknown:wb:shared vma=rw slot=none read|mismatch|device-unless-map-memory
            """,
        ["What has never been run on hardware?"] = """
            anonymous:private|2|anonymous:private vma=rw slot=none read
            anonymous:shared|2|anonymous:shared vma=rw slot=none read
            migration:pfnmap:known:wb:shared|1|pfnmap:known:wb:shared vma=rw slot=none write moved
            """,
        ["How strongly is a rule checked?"] = """
            mainline-6.9|strong|trace|4|0|2|0|2|0|0
            mainline-7.2|strong|pte|5|5|0|0|0|0|2
            """,
        ["Which rules does nothing check?"] = """
            mainline-6.9|map|tags-need-mte|pages with tags need MTE
            mainline-7.2|map|tags-need-mte|pages with tags need MTE
            """,
        // The outcomes of these runs are sentences alone.
        ["How did the mismatches end?"] = "||||2",
        ["Which cases are unstable?"] = """
            between runs|fwb|anonymous:private vma=rw slot=none write|1|night-2
            between runs|fwb|pfnmap:unknown:wb:shared vma=rw slot=none read|1|night-2
            between runs|fwb|pfnmap:unknown:wb:shared vma=rw slot=none write|1|night-2
            within a run|fwb|anonymous:private vma=rw slot=none read|1|night-2
            """,
        ["What did a host do with a case over time?"] = """
            night-1|7.2.12+deb13-arm64|match|pte|mapped wb
            one-case|7.2.12+deb13-arm64|match|pte|mapped wb
            night-2|7.2.12+deb13-arm64|mismatch|pte|mapped nc
            """,
        ["How long did each host take?"] = """
            fwb|finished|6|90.0|1.5
            gh200|interrupted|6|60.0|1.5
            """,
        ["Which known differences are stale?"] = """
            emulated|gh200|1|fwb|the emulator does not
            mended|fwb|2||a fault of 6.1
            mended|gh200|2||a fault of 6.1
            """,
        ["How did last night go, host by host?"] = """
            fwb|7.2.12+deb13-arm64|6|2|1|1|1|1|0|0
            gh200|6.12.1|6|2|0|0|0|0|3|1
            """,
        ["Which migrations break a property?"] = """
            7.2/max/vhe|6.12/a76/vhe|pfnmap:known:wb:shared vma=rw slot=none write moved|no-silent-weakening|device-unless-map-memory|Normal-WB rwx|Device-nGnRE rw|match
            """,
        ["Where does a migration end, from host to host?"] = """
            6.12/a76/vhe|infrastructure|resumed
            7.2/max/vhe|resumed|resumed, breaks no-silent-weakening
            """,
    };

    private static string Document => File.ReadAllText(FileAbove("docs/results.md"));

    internal static IEnumerable<string> Questions =>
        Question().Matches(Section("Questions and answers")).Select(m => m.Groups["question"].Value);

    [TestCaseSource(nameof(Questions))]
    public async Task A_question_is_answered_by_what_one_copies(string question)
    {
        await Morning.WriteAsync(ResultStore.OpenOrCreate(Database));
        await AnswerAsync(question);
    }

    /// <summary>The same, of 2026-11-29: before the schema had one script, and before version 9.</summary>
    [Test]
    public async Task A_question_about_an_older_file_has_the_same_answer(
        [Values(5, 8)] int version,
        [ValueSource(nameof(Questions))] string question
    )
    {
        Unpack($"morning-v{version}.db.gz");
        ResultStore.Open(Database);
        await AnswerAsync(question);
    }

    private async Task AnswerAsync(string question)
    {
        // Hosts take as long as the test: their times are set.
        Tamper(
            """
            UPDATE host SET started_utc = '2026-11-20T22:00:00.000Z', first_result_utc = '2026-11-20T22:00:01.500Z',
              finished_utc = CASE target WHEN 'fwb' THEN '2026-11-20T22:01:30.000Z' ELSE '2026-11-20T22:01:00.000Z' END
            """
        );
        string block = Question()
            .Matches(Section("Questions and answers"))
            .Single(m => m.Groups["question"].Value == question)
            .Groups["block"]
            .Value;
        Assert.That(block, Does.StartWith("sqlite3 -box results.db \""));
        // As it stands but for the frame around the answer.
        string answer = await ShellAsync(block.Replace("sqlite3 -box", "sqlite3 -list", StringComparison.Ordinal));
        Assert.That(answer.TrimEnd('\n'), Is.EqualTo(s_answers[question]));
        Assert.That(await ShellAsync(block), Does.StartWith("┌"), "and with it");
    }

    [Test]
    public void Every_question_has_a_known_answer() => Assert.That(Questions, Is.EquivalentTo(s_answers.Keys));

    [TestCase("Tables", "table")]
    [TestCase("Views", "view")]
    public void Every_table_and_view_is_documented_column_by_column(string section, string type)
    {
        ResultStore.OpenOrCreate(Database);
        using var connection = SqliteFile.Open(Database, SqliteOpenMode.ReadOnly);
        var documented = Documented()
            .Matches(Section(section))
            .Select(m =>
                m.Groups["name"].Value
                + ": "
                + string.Join(
                    ' ',
                    Cell()
                        .Matches(m.Groups["rows"].Value)
                        .SelectMany(row => Word().Matches(row.Groups[1].Value))
                        .Select(w => w.Groups[1].Value)
                        .Order(StringComparer.Ordinal)
                )
            );
        var there = connection
            .Rows($"SELECT name FROM sqlite_schema WHERE type = '{type}' AND name NOT LIKE 'sqlite_%'", r =>
                r.Text("name")
            )
            .Select(name =>
                name
                + ": "
                + string.Join(
                    ' ',
                    connection.Rows($"PRAGMA table_xinfo({name})", r => r.Text("name")).Order(StringComparer.Ordinal)
                )
            );
        Assert.That(documented, Is.EquivalentTo(there));
    }

    [Test]
    public void Verdicts_of_the_documentation_are_those_of_the_table() =>
        Assert.That(
            Section("Tables")
                .Split('\n')
                .SkipWhile(l => !l.StartsWith("| verdict |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(l => l.StartsWith("| ", StringComparison.Ordinal)),
            Is.EqualTo(
                Verdicts.Table.Select(v =>
                    $"| `{v.Word}` | {v.ClassWord} | {v.ExitCode?.ToString() ?? "none"} | {v.Description} |"
                )
            )
        );

    private static IEnumerable<string> Examples =>
        Example().Matches(Section("Views")).Select(m => m.Groups["sql"].Value);

    [TestCaseSource(nameof(Examples))]
    public async Task The_example_of_a_view_works(string sql)
    {
        await Morning.WriteAsync(ResultStore.OpenOrCreate(Database));
        using var connection = SqliteFile.Open(Database, SqliteOpenMode.ReadOnly);
        Assert.That(() => connection.Rows(sql, r => r.FieldCount), Throws.Nothing);
        Assert.That(sql, Does.StartWith("SELECT "));
    }

    [Test]
    public void Every_view_has_an_example() =>
        Assert.That(Examples.Count(), Is.EqualTo(Documented().Count(Section("Views"))));

    private async Task<string> ShellAsync(string command)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("bash", ["-c", command])
            {
                WorkingDirectory = Path.GetDirectoryName(Database),
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = shell.StandardError.ReadToEndAsync();
        string output = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.That(shell.ExitCode, Is.Zero, await error);
        return output;
    }

    private static string Section(string title) =>
        Regex.Match(Document, $@"\n## {title}\n(.*?)\n## ", RegexOptions.Singleline).Groups[1].Value;

    internal static string FileAbove(string name)
    {
        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, name)))
                return Path.Combine(at.FullName, name);
        throw new FileNotFoundException(name);
    }

    [GeneratedRegex(@"### (?<question>[^\n]*\?|How did[^\n]*)\n\n```sh\n(?<block>.*?)\n```", RegexOptions.Singleline)]
    internal static partial Regex Question();

    [GeneratedRegex(@"### `(?<name>\w+)`\n.*?\n\|---\|---\|\n(?<rows>(\|[^\n]*(\n|$))+)", RegexOptions.Singleline)]
    private static partial Regex Documented();

    [GeneratedRegex(@"^\| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Cell();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Word();

    [GeneratedRegex(@"### `\w+`\n\n[^\n]*: `(?<sql>SELECT [^`]*)`\n")]
    private static partial Regex Example();
}
