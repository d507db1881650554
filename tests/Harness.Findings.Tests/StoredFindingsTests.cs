namespace Harness.Findings.Tests;

public class StoredFindingsTests
{
    [TestCase("only-its-memory", "6.16.12", "scattered-pfnmap-blocks")]
    [TestCase("registered-means-usable", "6.18.15", "guest-memfd-fetch-loops")]
    [TestCase("bounded-aliases", "7.3.4", "ram-behind-non-cacheable-pfnmap")]
    public void A_broken_property_has_the_findings_of_its_releases(string property, string release, string finding) =>
        Assert.That(StoredFindings.That(property, ["7.2.12", release]), Does.Contain(finding));

    [Test]
    public void A_release_after_the_fix_or_an_unknown_one_has_none()
    {
        Assert.That(
            StoredFindings.That("registered-means-usable", ["7.1.13"]),
            Does.Not.Contain("guest-memfd-fetch-loops")
        );
        Assert.That(StoredFindings.That("bounded-aliases", ["odd"]), Is.Empty);
        Assert.That(StoredFindings.That("no-stale-data", ["6.16.12"]), Is.Empty);
    }
}
