using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Model.Releases;
using Harness.Model.Safety;

namespace Harness.Findings.Tests;

/// <summary>The findings of this repository against the policies: both say what each release does.</summary>
public class FindingsOfTheRepositoryTests
{
    private static IEnumerable<TestCaseData> Each() => Named(Repository.Findings);

    /// <summary>Those that a policy predicts: not what only the log, a register or a program shows.</summary>
    private static IEnumerable<TestCaseData> Predictable() =>
        Named(Repository.Findings.Where(f => f.Cases.Any(IsPredictable)));

    private static IEnumerable<TestCaseData> Named(IEnumerable<Finding> findings) =>
        findings.Select(f => new TestCaseData(f).SetArgDisplayNames(f.Name));

    private static bool IsPredictable(FindingCase c) => c.Seen.Count > 0 || c.Breaks is not null;

    [TestCaseSource(nameof(Predictable))]
    public void A_policy_predicts_what_the_finding_states_where_its_releases_are_affected_and_nowhere_else(
        Finding finding
    )
    {
        var predictable = finding.Cases.Where(IsPredictable).ToList();
        var wrong = new List<string>();
        foreach (var range in ReleaseCatalog.Upstream.Where(r => r.Policy is not null))
        foreach (var release in Known(range))
        {
            bool affected = finding.Of(release) == ReleaseStandpoint.Affected && finding.KnownDifference is null;
            foreach (var host in HostFacts.Every.Where(h => Accepts(finding, h)))
                if (predictable.TrueForAll(c => IsPredicted(c, range.Policy!, host)) != affected)
                    wrong.Add($"{release} ({range.Policy!.Name}) on {host}: {(affected ? "not " : "")}predicted");
        }
        Assert.That(wrong, Is.Empty);
    }

    [TestCaseSource(nameof(Predictable))]
    public void It_begins_and_ends_with_a_release_that_a_policy_begins_with(Finding finding)
    {
        var begins = ReleaseCatalog.Upstream.SelectMany(r =>
            (KernelVersion[])[r.First, r.First with { Candidate = 0 }]
        );
        Assert.That(
            finding.Affected.SelectMany(r => (KernelVersion?[])[r.First, r.Fixed]).OfType<KernelVersion>(),
            Is.SubsetOf(begins.Append(KernelVersion.Parse("7.3.4")))
        );
    }

    [TestCaseSource(nameof(Each))]
    public void Its_text_has_every_section_and_each_case_once(Finding finding)
    {
        string text = FindingText.Of(finding, [], "harness");

        Assert.That(
            text.Split('\n').Where(l => l.StartsWith("## ", StringComparison.Ordinal)),
            Is.EqualTo(
                new[] { "What happens", "Where", "How to reproduce", "What was observed", "What it means" }.Select(s =>
                    $"## {s}"
                )
            )
        );
        foreach (var c in finding.Cases)
            Assert.That(text, Does.Contain($"- `{c.Case.Id}`, `{c.Case.Key}`: "));
        Assert.That(text, Does.Not.Contain("\n\n\n"));
    }

    private static IEnumerable<KernelVersion> Known(ReleaseRange range) =>
        range.Read.Concat(range.Booted).Concat(range.Changelogs).Distinct().DefaultIfEmpty(range.First);

    private static bool Accepts(Finding finding, HostFacts host)
    {
        static string Flag(bool value) => value ? "yes" : "no";
        return finding.Hosts.Accepts(
            new Dictionary<string, string>
            {
                ["mode"] = host.Mode.ToString().ToLowerInvariant(),
                ["page"] = "4k",
                ["platform"] = "cpu",
                ["fwb"] = Flag(host.Fwb),
                ["dic"] = Flag(host.Dic),
                ["mte"] = Flag(host.Mte),
            }
        );
    }

    private static bool IsPredicted(FindingCase c, Policy policy, HostFacts host)
    {
        var prediction = policy.Predict(host, c.Case);
        return c.Seen.All(pattern => pattern.Matches(prediction.Outcome))
            && (c.Breaks is not { } property || Violated(c.Case, host, prediction).Any(p => p.Name == property));
    }

    private static IReadOnlyList<SafetyProperty> Violated(Case c, HostFacts host, Prediction prediction) =>
        c switch
        {
            AttributeCase attributes => ObservedSafety.Violated(attributes, host, prediction),
            ProgramCase program => ObservedSafety.Violated(program, host, [.. prediction.Program.Select(s => s.Part)]),
            _ => [],
        };
}
