using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Reports.Tests;

public sealed class RunReportTests
{
    private string _directory = "";
    private ResultStore _store = null!;

    [SetUp]
    public async Task StoreARun()
    {
        _directory = Directory.CreateTempSubdirectory("harness-reports-").FullName;
        _store = await StoredRun.CreateAsync(_directory);
    }

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void People_see_each_host_its_counts_and_every_mismatch_in_full()
    {
        using var text = new StringWriter { NewLine = "\n" };
        new ConsoleReport(_store, ReportWriter.Plain(text)).Write(_store.Run()!);
        string shown = Regex.Replace(text.ToString(), @"[0-9.]+ s, [0-9.]+ cases/s", "TIME");
        Assert.That(
            string.Join('\n', shown.Split('\n').Select(l => l.TrimEnd())),
            Is.EqualTo(
                """
                run 2026-11-21T04-12-33Z-ab12  interrupted: Ctrl+C
                  command     harness run --policy mainline-6.12
                  harness     0.1, model 0123456789ab, probe none

                fwb  qemu  interrupted
                  kernel      7.2.0-1 #1 SMP [x] \x1b[31m
                  build id    beef
                  cpu         FWB, DIC
                  unclear     MTE: its sources contradict each other: there by a, not there by b
                  qemu        10.0.2
                  policy      mainline-6.12
                  evidence    pte, errno
                  time        TIME
                  match                2  by errno 1, pte 1
                  mismatch             1
                  infrastructure       4
                  skip                 1
                                       1  needs hardware
                  planned              1
                  planned in all       9

                  MISMATCH case2 on fwb, culprit kernel
                  case        title 2
                  policy      mainline-6.12
                  rule        cacheable-pfnmap-is-device
                  source      user_mem_abort, arch/arm64/kvm/mmu.c, 6.12
                  predicted   mapped: device
                  observed    mapped: [bold]wb[/]
                              level 3 attr 0xf
                  evidence    pte
                  remark      seen twice
                  again       scripts/harness run --target fwb --filter id=case2 --policy mainline-6.12

                  infrastructure 4 culprit infrastructure
                  reason      QEMU died (signal 9)
                  case        case4 title 4
                  case        case5 title 5
                  case        case6 title 6
                              and 1 more

                lab  ssh  failed: ssh: no route to host

                safety properties that were broken
                       1  no-silent-fallback (on fwb)  as mainline-6.12 predicts
                  must hold   It is mapped cacheable.
                  such as     case0 on fwb: title 0
                  explain     scripts/harness explain case0 --policy mainline-6.12

                what kernels reported
                       1  INFO: task hung in f (on fwb)  not seen before
                              something took too long: was the machine short of CPU time?
                  such as     case1
                       1  WARNING in user_mem_abort (on fwb)  not seen before
                  such as     case1

                rules contradicted
                       1  cacheable-pfnmap-is-device (on fwb)

                2 hosts (1 failed): 2 match, 1 mismatch, 4 infrastructure, 1 skip, 1 planned; 1 safety property broken (1 case)

                """
            )
        );
    }

    [Test]
    public void A_broken_property_has_the_names_of_its_findings_where_there_are_some()
    {
        string Shown(Action<RunSummary, TextWriter> write)
        {
            using var text = new StringWriter { NewLine = "\n" };
            write(_store.Run()!, text);
            return text.ToString();
        }
        KnownFindings Known(params string[] findings) =>
            new((property, _) => property == "no-silent-fallback" ? findings : []);
        string Console(KnownFindings known) =>
            Shown((run, to) => new ConsoleReport(_store, ReportWriter.Plain(to)) { Findings = known }.Write(run));

        Assert.That(
            Console(Known("one", "other")),
            Does.Contain("\n  findings    one, other\n\nwhat kernels reported")
        );
        Assert.That(Console(Known()), Does.Not.Contain("findings"));
        Assert.That(
            Shown((run, to) => new JsonReport(_store, to) { Findings = Known("one", "other") }.Write(run)),
            Does.Contain("\"findings\":[\"one\",\"other\"]")
        );
        Assert.That(
            Shown((run, to) => new HtmlReport(_store) { Findings = Known("one", "other") }.Write(run, to)),
            Does.Contain("<td>one, other</td>")
        );
    }

    [Test]
    public void A_terminal_gets_the_same_words_and_foreign_escapes_never_reach_it()
    {
        using var text = new StringWriter();
        new ConsoleReport(_store, ReportWriter.ForTerminal(text)).Write(_store.Run()!);
        Assert.That(
            text.ToString(),
            Does.Contain("[bold]wb[/]").And.Contain(@"\x1b[31m").And.Not.Contain("\u001b[31m\n")
        );
    }

    [Test]
    public void Programs_get_one_object_a_line()
    {
        using var text = new StringWriter { NewLine = "\r\n" };
        new JsonReport(_store, text).Write(_store.Run()!);
        var lines = text.ToString().TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(
            lines.Select(l => l.GetProperty("type").GetString()),
            Is.EqualTo(
                new[] { "run", "host" }
                    .Concat(Enumerable.Repeat("result", 9))
                    .Concat(["host", "property", "kernel-report", "kernel-report", "total"])
            )
        );
        var mismatch = lines.Single(l => l.TryGetProperty("verdict", out var v) && v.GetString() == "mismatch");
        Assert.Multiple(() =>
        {
            Assert.That(mismatch.GetProperty("ruleSource").GetString(), Does.StartWith("user_mem_abort"));
            Assert.That(mismatch.GetProperty("details").GetString(), Is.EqualTo("level 3 attr 0xf"));
            Assert.That(lines[1].GetProperty("facts").GetProperty("fwb").GetBoolean(), Is.True);
            Assert.That(lines[0].GetProperty("probe").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(lines[^1].GetProperty("verdicts").GetProperty("infrastructure").GetInt32(), Is.EqualTo(4));
        });
    }

    [Test]
    public void The_documented_members_are_those_that_are_written()
    {
        using var text = new StringWriter();
        new JsonReport(_store, text).Write(_store.Run()!);
        string documented = File.ReadAllText(FileAbove("docs/results.md"));
        foreach (string line in text.ToString().TrimEnd('\n').Split('\n'))
        {
            var members = JsonDocument.Parse(line).RootElement.EnumerateObject().ToList();
            string row = documented
                .Split('\n')
                .Single(l => l.StartsWith($"| `{members[0].Value.GetString()}` | `", StringComparison.Ordinal));
            Assert.That(
                Regex.Matches(row.Split('|')[2], "`([A-Za-z]+)`").Select(m => m.Groups[1].Value),
                Is.EqualTo(members.Skip(1).Select(m => m.Name))
            );
        }
    }

    private static string FileAbove(string name)
    {
        for (var at = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, name)))
                return Path.Combine(at.FullName, name);
        throw new FileNotFoundException(name);
    }
}
