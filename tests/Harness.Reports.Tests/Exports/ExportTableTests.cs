using Harness.Reports.Exports;
using Harness.Store;

namespace Harness.Reports.Tests.Exports;

public sealed class ExportTableTests
{
    [Test]
    public void The_documented_table_is_what_is_exported()
    {
        var documented = File.ReadAllLines(Repository.File("docs/exports.md"))
            .SkipWhile(l => !l.StartsWith("| verdict |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(l => l.StartsWith("| `", StringComparison.Ordinal))
            .ToList();
        Assert.That(
            documented,
            Is.EqualTo(
                Verdicts.Table.Select(v =>
                {
                    string[] kcidb =
                    [
                        .. new[] { (Culprits.Kernel, true), (Culprits.Model, false) }
                            .Select(c => KcidbWords.Status(v.Word, c.Item1, c.Item2))
                            .Distinct(),
                    ];
                    return $"| `{v.Word}` | {v.Junit.ToString().ToLowerInvariant()} | {v.Ktap} | {string.Join('/', kcidb)} |";
                })
            )
        );
    }

    [Test]
    public void Only_a_fault_of_the_kernel_fails_to_kcidb()
    {
        foreach (string verdict in Verdicts.All)
        foreach (string culprit in Culprits.All.Where(c => c != Culprits.Kernel))
        foreach (bool executed in new[] { true, false })
            Assert.That(KcidbWords.Status(verdict, culprit, executed), Is.Not.EqualTo("FAIL"), $"{verdict}, {culprit}");
    }

    [Test]
    public void The_documented_culprits_are_what_is_exported()
    {
        string table = File.ReadAllText(Repository.File("docs/exports.md"));
        foreach (string culprit in Culprits.All)
        {
            var (code, tool, harness) = KcidbWords.Culprit(culprit);
            string row = table
                .Split('\n')
                .SingleOrDefault(l =>
                    l.EndsWith(" | code |", StringComparison.Ordinal)
                    || l.EndsWith(" | tool |", StringComparison.Ordinal)
                    || l.EndsWith(" | harness |", StringComparison.Ordinal)
                        ? l.Split('|')[1].Split(',').Any(w => w.Trim() == culprit)
                        : false
                )
                ?? "| none | none |";
            Assert.That(
                new[] { code ? "code" : null, tool ? "tool" : null, harness ? "harness" : null }
                    .OfType<string>()
                    .DefaultIfEmpty("none"),
                Is.EqualTo(new[] { row.Split('|')[2].Trim() }),
                culprit
            );
        }
    }
}
