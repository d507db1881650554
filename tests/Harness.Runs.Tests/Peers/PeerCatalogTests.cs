using System.Text.RegularExpressions;
using Harness.Runs.Peers;
using Harness.Store;

namespace Harness.Runs.Tests.Peers;

/// <summary>The catalogue that is shipped.</summary>
public sealed class PeerCatalogTests
{
    private static IEnumerable<string> Names => PeerCatalog.All.Select(p => p.Name);

    private static PeerProgram The(string name) => PeerCatalog.Named(name).Single();

    [Test]
    public void Names_are_unique() => Assert.That(Names, Is.Unique.And.Not.Empty);

    [TestCaseSource(nameof(Names))]
    public void A_program_has_cases_that_assert_the_same_or_the_reason_why_not(string name)
    {
        var program = The(name);
        Assert.That(program.Same is not null || program.Lacks is not null);
        if (program.Same is not null)
            Assert.That(PeerRun.CasesOf([program]), Is.Not.Empty, program.Same);
        Assert.That(program.Why, Does.EndWith("."));
        Assert.That(program.LimitSeconds, Is.GreaterThanOrEqualTo(2 * program.UsualSeconds));
    }

    [TestCaseSource(nameof(Names))]
    public void A_difference_is_one_that_can_occur(string name)
    {
        foreach (var difference in The(name).Differences)
        {
            Assert.That(PeerStates.All, Does.Contain(difference.Outcome));
            Assert.That(() => Regex.IsMatch("", difference.Reason ?? ""), Throws.Nothing);
            Assert.That(() => Regex.IsMatch("", difference.Reports ?? ""), Throws.Nothing);
            Assert.That(
                () => (Version.Parse(difference.From ?? "1.0"), Version.Parse(difference.Before ?? "1.0")),
                Throws.Nothing
            );
            Assert.That(difference.Explanation, Does.EndWith("."));
        }
    }

    [TestCaseSource(nameof(Names))]
    public void The_document_names_it(string name) =>
        Assert.That(File.ReadAllText(Document()), Does.Contain(name.Split(':')[0]));

    private static string Document()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "docs", "peers.md")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "docs", "peers.md");
    }

    [Test]
    public void A_name_without_arguments_is_all_of_them()
    {
        Assert.That(
            PeerCatalog.Named("dirty_log_test").Select(p => p.Name),
            Is.EqualTo(new[] { "dirty_log_test:log", "dirty_log_test:clear", "dirty_log_test:ring" })
        );
        Assert.That(PeerCatalog.Named("dirty_log_test:ring"), Has.Count.EqualTo(1));
        Assert.That(PeerCatalog.Named("dirty_log"), Is.Empty);
    }

    [TestCase("6.12.117+deb13-arm64", "6.12")]
    [TestCase("7.3.4", "7.3")]
    [TestCase("7.4-rc1", "7.4")]
    [TestCase("next", null)]
    public void A_release_has_a_series(string release, string? series) =>
        Assert.That(PeerSeries.Of(release)?.ToString(), Is.EqualTo(series));
}
