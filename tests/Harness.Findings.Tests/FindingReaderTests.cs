using Harness.Model.Releases;

namespace Harness.Findings.Tests;

public class FindingReaderTests
{
    [Test]
    public void A_file_is_read_with_its_releases_cases_and_patterns()
    {
        var finding = Sample.Read();

        Assert.Multiple(() =>
        {
            Assert.That(finding.Name, Is.EqualTo("sample"));
            Assert.That(string.Join(", ", finding.Affected), Is.EqualTo("6.19 to 7.1"));
            Assert.That(finding.Hosts.Text, Is.EqualTo("dic=no"));
            Assert.That(finding.Cases.Single().Case.Key, Is.EqualTo("anonymous:shared vma=rw slot=log exec,write"));
            Assert.That(
                finding.Cases.Single().Seen.Select(FindingJudge.Words),
                Is.EqualTo(new[] { "exec: execute=true", "write: execute=false" })
            );
        });
    }

    [TestCase("6.18.15", ReleaseStandpoint.Before)]
    [TestCase("6.19", ReleaseStandpoint.Affected)]
    [TestCase("7.1.99", ReleaseStandpoint.Affected)]
    [TestCase("7.2", ReleaseStandpoint.Fixed)]
    public void A_release_is_before_in_or_after_the_affected_ones(string release, ReleaseStandpoint expected) =>
        Assert.That(Sample.Read().Of(KernelVersion.Parse(release)), Is.EqualTo(expected));

    [Test]
    public void Between_two_affected_ranges_it_is_fixed()
    {
        var finding = Sample.With(
            "affected:",
            """
            affected:
              - { first: "6.1", fixed: "6.1.191" }
            """
        );

        Assert.That(finding.Of(KernelVersion.Parse("6.12")), Is.EqualTo(ReleaseStandpoint.Fixed));
        Assert.That(FindingText.FixedIn(finding), Is.EqualTo("6.1.191, 7.2"));
    }

    [TestCase(
        "title: A store",
        "titel: A store",
        "findings/sample.md:2: 'titel' is not a valid member: did you mean 'title'? (allowed: title, "
    )]
    [TestCase("title: A store takes away X\n", "", "findings/sample.md:1: title: it is missing")]
    [TestCase(
        "property: none",
        "property: only-its-memry",
        "findings/sample.md:6: property: 'only-its-memry' is not valid: did you mean 'only-its-memory'? (allowed: "
    )]
    [TestCase(
        "first: \"6.19\"",
        "first: six",
        "findings/sample.md:4: affected[0].first: 'six' is not a kernel release (allowed: 6.12.117, "
    )]
    [TestCase(
        "fixed: \"7.2\"",
        "fixed: \"6.18\"",
        "findings/sample.md:5: affected[0].fixed: the first fixed release has to be newer"
    )]
    [TestCase(
        "evidence: [pte]",
        "evidence: [rumour]",
        "findings/sample.md:7: evidence[0]: 'rumour' is not valid (allowed: pte, "
    )]
    [TestCase(
        "evidence: [pte]",
        "evidence: []",
        "findings/sample.md:7: evidence: it is empty (allowed: at least one item)"
    )]
    [TestCase("hosts: dic=no", "hosts: dick=no", "findings/sample.md:9: hosts: ")]
    [TestCase("id: bc97a48a8257", "id: 000000000000", "findings/sample.md:12: cases[0].id: no case is '000000000000'")]
    [TestCase(
        "of: exec, execute: true",
        "of: exec, execute: maybe",
        "findings/sample.md:14: cases[0].seen[0].execute: 'maybe' is not valid (allowed: true, false)"
    )]
    [TestCase(
        "of: exec, execute: true",
        "type: mappd",
        "findings/sample.md:14: cases[0].seen[0]: 'mappd' is not a valid type (allowed: "
    )]
    [TestCase(
        "{ of: exec, execute: true }",
        "{}",
        "findings/sample.md:14: cases[0].seen[0]: it has no members, and would fit everything"
    )]
    [TestCase(
        "targets: [6.19/a76/vhe]",
        "targets: [6.19/a76/vhe",
        "findings/sample.md: its front matter is not YAML: it ends within a list or a mapping"
    )]
    [TestCase("title: A store takes away X", "title: A: store", "findings/sample.md:2: its front matter is not YAML: ")]
    [TestCase(
        "## Where",
        "## There",
        "findings/sample.md: it has no section '## Where': add it below the front matter"
    )]
    [TestCase("---\ntitle", "title", "findings/sample.md:1: it has no front matter: begin it with a line '---'")]
    public void An_error_is_one_line_with_file_line_and_field(string old, string @new, string expected)
    {
        var error = Assert.Throws<FindingException>(() => Sample.With(old, @new));

        Assert.That(error!.Message, Does.StartWith(expected));
        Assert.That(error.Message, Does.Not.Contain('\n'));
    }

    [Test]
    public void A_program_may_stand_for_cases_and_targets()
    {
        string cases = Sample.Text[Sample.Text.IndexOf("targets:", StringComparison.Ordinal)..];
        cases = cases[..cases.IndexOf("---", StringComparison.Ordinal)];

        var finding = Sample.With(cases, "program: sample.c\n");

        Assert.That(finding.Program, Is.EqualTo(new FindingProgram("sample.c", "int main(void);")));
        Assert.That((finding.Cases, finding.Targets), Is.EqualTo((Array.Empty<FindingCase>(), Array.Empty<string>())));
        Assert.That(
            Assert
                .Throws<FindingException>(() => Sample.With("property: none", "property: none\nprogram: other.c"))!
                .Message,
            Is.EqualTo("findings/sample.md:7: program: there is no file 'other.c' beside it (allowed: a C program)")
        );
    }

    [Test]
    public void Every_bad_file_has_a_line()
    {
        var error = Assert.Throws<FindingException>(() =>
            FindingFiles.Read(
                [
                    ("a.md", "nothing"),
                    ("b.md", Sample.Text),
                    ("c.md", Sample.Changed("upstream: not reported", "upstream:")),
                ],
                Sample.Beside
            )
        );

        Assert.That(error!.Message.Split('\n').Select(l => l.Split(": ")[0]), Is.EqualTo(new[] { "a.md:1", "c.md:8" }));
    }

    [Test]
    public void The_program_carries_the_repositorys_findings() =>
        Assert.That(
            FindingFiles.Carried().Select(f => f.Name),
            Is.EqualTo(Repository.Findings.Select(f => f.Name)).And.Not.Empty
        );
}
