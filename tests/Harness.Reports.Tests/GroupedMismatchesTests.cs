using Harness.Store;

namespace Harness.Reports.Tests;

public sealed class GroupedMismatchesTests
{
    [Test]
    public async Task Mismatches_by_one_rule_have_one_example_and_a_line_each()
    {
        string folder = Directory.CreateTempSubdirectory("harness-grouped-").FullName;
        try
        {
            var store = ResultStore.OpenOrCreate(Path.Combine(folder, "r.db"));
            await using (
                var writer = await store.BeginRunAsync(
                    new RunRecord("r", DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null)
                )
            )
            {
                long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu", Policy: "mainline-7.2"));
                string[] rules = [.. Enumerable.Repeat("first-rule", 12), "second-rule", "third-rule", "third-rule"];
                await writer.PlanAsync(
                    host,
                    [.. rules.Select((_, i) => new CaseRecord($"case{i}", "anon", $"title {i}", "{}"))]
                );
                for (int i = 0; i < rules.Length; i++)
                    await writer.RecordAsync(
                        new ResultRecord(
                            host,
                            $"case{i}",
                            Verdicts.Mismatch,
                            Rule: rules[i],
                            Predicted: "a",
                            Observed: $"b{i}"
                        )
                    );
                await writer.FinishHostAsync(host, States.Finished);
                await writer.FinishAsync(States.Finished);
            }
            using var output = new StringWriter { NewLine = "\n" };
            new ConsoleReport(store, ReportWriter.Plain(output)).Write(store.Run()!);
            string[] lines = output.ToString().Split('\n');
            Assert.Multiple(() =>
            {
                Assert.That(
                    lines.Where(l => l.StartsWith("  MISMATCH", StringComparison.Ordinal)).Select(l => l.Split(' ')[3]),
                    Is.EqualTo(new[] { "case0", "case12", "case13" })
                );
                Assert.That(lines, Has.One.EqualTo("  also        11 more by this rule"));
                Assert.That(lines, Has.One.EqualTo("              case8  title 8: b8"));
                Assert.That(lines, Has.None.Contains("case9"));
                Assert.That(lines, Has.One.EqualTo("              and 3 others (--json lists all)"));
                Assert.That(lines, Has.One.EqualTo("  also        1 more by this rule"));
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
