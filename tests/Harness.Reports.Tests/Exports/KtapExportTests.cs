using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Exports;

public sealed class KtapExportTests : ExportFixture
{
    private string File => Export("run.ktap", w => new KtapExport(Nights.Store, w).Write(Run));

    [Test]
    public void A_strict_reader_finds_each_host_and_each_case_with_its_result()
    {
        var hosts = KtapReader.Read(System.IO.File.ReadAllText(File));
        Assert.That(
            hosts.Select(h => (h.Description, h.Ok, h.Directive)),
            Is.EqualTo(
                new[]
                {
                    ("7.2/max/vhe", false, null),
                    ("good", true, (string?)null),
                    ("skipped", true, "SKIP"),
                    ("lost", false, null),
                    ("idle", true, "SKIP"),
                }
            )
        );
        foreach (var (host, found) in Run.Hosts.Zip(hosts))
            Assert.That(
                found.Subtests.Select(c => (c.Ok, c.Directive)),
                Is.EqualTo(
                    Rows.Where(r => r.Host == host.Id)
                        .Select(r => (Verdicts.Of(r.Verdict).Ktap.Ok, Verdicts.Of(r.Verdict).Ktap.Directive))
                ),
                host.Host.Target
            );
    }

    [Test]
    public void A_failing_result_is_preceded_by_its_explanation()
    {
        string[] lines = System.IO.File.ReadAllLines(File);
        int at = Array.FindIndex(lines, l => l.StartsWith("  not ok", StringComparison.Ordinal));
        Assert.That(
            lines[..at].Reverse().TakeWhile(l => l.StartsWith("  # c", StringComparison.Ordinal)),
            Has.Some.Contains("predicted does this").And.Some.Contains("observed  =1+1")
        );
    }

    [Test]
    public async Task Perls_reader_of_TAP_agrees_about_the_hosts_and_about_the_cases_of_each()
    {
        Consumer.Require(Consumer.Prove, "perl");
        string text = System.IO.File.ReadAllText(File);
        // TAP has no nesting: the tests of a host are parsed separately, without their indentation.
        var parts = new List<(string Name, string Text, int Tests, int Failed)>
        {
            ("hosts", text, Run.Hosts.Count, KtapReader.Read(text).Count(h => !h.Ok)),
        };
        string[] blocks = text.Split("  KTAP version 1\n")[1..];
        var asked = Run.Hosts.Where(h => h.Planned > 0).ToList();
        Assert.That(blocks, Has.Length.EqualTo(asked.Count));
        foreach (var (host, block) in asked.Zip(blocks))
            parts.Add(
                (
                    host.Host.Target,
                    string.Concat(
                        block
                            .Split('\n')
                            .TakeWhile(l => l.StartsWith("  ", StringComparison.Ordinal))
                            .Select(l => l[2..] + "\n")
                    ),
                    host.Planned,
                    host.Verdicts.Where(v => !Verdicts.Of(v.Key).Ktap.Ok).Sum(v => v.Value)
                )
            );
        foreach (var (name, part, tests, failed) in parts)
        {
            string file = Path.Combine(Directory, "part.tap");
            await System.IO.File.WriteAllTextAsync(file, part);
            var (code, said) = await Consumer.RunAsync(Consumer.Prove, "--exec", "cat", file);
            string total = failed == 0 ? "Result: PASS" : $"Tests: {tests} Failed: {failed})";
            Assert.That(
                said,
                name == "skipped"
                    ? Does.Contain("Tests=2").And.Contain("Result: PASS")
                    : Does.Contain(total).And.Contain($"Tests={tests},"),
                name
            );
            Assert.That(code, failed == 0 ? Is.Zero : Is.Not.Zero, name);
        }
    }
}
