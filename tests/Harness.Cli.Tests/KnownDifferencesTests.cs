using System.Text;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Cli.Tests;

public class KnownDifferencesTests
{
    private static KnownDifferencesConfiguration Entries(params (string Cases, string Hosts)[] entries) =>
        KnownDifferencesFile.Parse(
            Encoding.UTF8.GetBytes(
                $$"""{"differences": [{{string.Join(", ", entries.Select((e, i) => $$"""
            {"name": "k{{i}}", "cases": "{{e.Cases}}", "hosts": "{{e.Hosts}}", "verdict": "mismatch", "observed": {}, "culprit": "kernel", "reason": "r", "link": "https://example.org/1"}
            """))}}]}"""
            ),
            "known.json"
        );

    [Test]
    public void Entries_with_matching_filters_are_read_in_their_order()
    {
        var known = KnownDifferences.Of(Entries(("backing=pfnmap", "fwb=yes"), ("cover=yes", "dic=no")), "known.json");

        Assert.That(
            known.Select(k => $"{k.Name} {k.Cases} {k.Hosts}"),
            Is.EqualTo(new[] { "k0 backing=pfnmap fwb=yes", "k1 cover=yes dic=no" })
        );
    }

    /// <summary>Every run from this repository reads it: an error in it would fail each of them.</summary>
    [Test]
    public void The_file_of_this_repository_is_without_fault()
    {
        string path = Path.Combine(Installation.Root!, KnownDifferencesFile.Name);
        var file = KnownDifferencesFile.Load(path);

        Assert.That(KnownDifferences.Of(file, path), Has.Count.EqualTo(file.Differences.Count));
    }

    [Test]
    public void A_lifecycle_is_covered_by_its_operations_and_recognised_by_what_one_of_them_did()
    {
        var file = KnownDifferencesFile.Parse(
            """
            {"differences": [{"name": "k", "cases": "life=protected & do~*guest-store*peek*", "hosts": "mode=protected", "verdict": "mismatch",
              "observed": { "of": "peek", "type": "refused", "errno": "EIO" }, "culprit": "kernel", "reason": "r", "link": "https://example.org/1"}]}
            """u8.ToArray(),
            "known.json"
        );
        var known = KnownDifferences.Of(file, "known.json").Single();

        var lives = AllCases.LifecycleCases.ToLookup(c => known.Covers(AllCases.Attributes(c)));
        Assert.That(
            lives[true],
            Is.Not.Empty.And.All.Matches<LifecycleCase>(c =>
                c.Vm == VmKind.Protected && c.Operations.Span.Contains(Operation.Peek)
            )
        );
        Assert.That(lives[false], Is.Not.Empty);
        CaseOutcome Peeked(OperationOutcome outcome) =>
            new PartsOutcome([
                new OperationPart(Operation.Create, OperationOutcome.Done),
                new OperationPart(Operation.Peek, outcome),
                new OperationPart(Operation.Destroy, OperationOutcome.Done),
            ]);
        Assert.That(known.Is(VerdictKind.Mismatch, Peeked(OperationOutcome.Refused(Errno.EIO))), Is.True);
        Assert.That(known.Is(VerdictKind.Mismatch, Peeked(OperationOutcome.Sees(Contents.Zero))), Is.False);
    }

    [TestCase(""" "observed": { "type": "mapt" } """, "observed")]
    [TestCase(""" "observed": { "type": "mapped" }, "or": [{ "word": 0 }, { "type": "mapt" }] """, "or[1]")]
    public void Observed_field_that_can_never_match_is_named_with_what_is_allowed(string observed, string member)
    {
        var file = KnownDifferencesFile.Parse(
            Encoding.UTF8.GetBytes(
                $$"""
                {"differences": [{"name": "k", "cases": "backing=pfnmap", {{observed}}, "culprit": "kernel", "reason": "r", "link": "https://example.org/1"}]}
                """
            ),
            "known.json"
        );

        Assert.That(
            Assert
                .Throws<ConfigurationException>(() => KnownDifferences.Of(file, "known.json"))!
                .Faults.Single()
                .ToString(),
            Does.Contain($"differences[0].{member}").And.Contain("'mapt' is not a valid type (allowed: ")
        );
    }

    /// <summary>The example of the manual, applied to the outcome that it describes.</summary>
    [Test]
    public void Example_of_the_documentation_is_without_fault_and_matches_what_it_describes()
    {
        string text = File.ReadAllText(Path.Combine(Installation.Root!, "docs", "known-differences.md"));
        string entry = text.Split("```json")[1].Split("```")[0];
        var file = KnownDifferencesFile.Parse(
            Encoding.UTF8.GetBytes($$"""{"differences": [{{entry}}]}"""),
            "known-differences.md"
        );
        var known = KnownDifferences.Of(file, "known-differences.md").Single();

        CaseOutcome Mapped(bool block) =>
            new PartsOutcome([
                new RegistrationPart(Errno.None),
                new AccessPart(
                    Access.Read,
                    Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, Write: true, Execute: true, block))
                ),
            ]);
        Assert.That(known.Is(VerdictKind.Mismatch, Mapped(block: true)), Is.True);
        Assert.That(known.Is(VerdictKind.Mismatch, Mapped(block: false)), Is.False);
    }

    [Test]
    public void Every_filter_that_fits_no_case_or_can_not_be_read_is_named_in_the_order_of_the_entries()
    {
        var file = Entries(
            ("backing=nothing", "fwb=yes"),
            ("backing=pfnmap", "colour=blue"),
            ("wrong=x", "dic=no"),
            ("family=none", "dic=no")
        );

        Assert.That(
            () => KnownDifferences.Of(file, "known.json"),
            Throws
                .TypeOf<ConfigurationException>()
                .With.Property(nameof(ConfigurationException.Faults))
                .Matches<IReadOnlyList<ConfigurationFault>>(faults =>
                    faults
                        .Select(f => f.ToString().Split(':')[1].Trim())
                        .SequenceEqual([
                            "differences[0].cases",
                            "differences[1].hosts",
                            "differences[2].cases",
                            "differences[3].cases",
                        ])
                )
        );
    }
}
