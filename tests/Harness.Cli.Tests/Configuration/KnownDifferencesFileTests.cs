using System.Text;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests.Configuration;

public class KnownDifferencesFileTests
{
    private const string Entry =
        """{ "name": "a", "cases": "type=wb", "observed": { "memory": "Device-nGnRE" }, "culprit": "kernel", "reason": "why", "link": "https://example.org" }""";

    private static KnownDifferencesConfiguration Parse(string differences) =>
        KnownDifferencesFile.Parse(
            Encoding.UTF8.GetBytes(
                $$"""
                { "differences": [
                {{differences}}
                ] }
                """
            ),
            "known-differences.json"
        );

    [Test]
    public void An_entry_is_about_mismatches_on_every_host_unless_it_says_otherwise()
    {
        var entry = Parse(Entry).Differences.Single();

        Assert.That(
            entry,
            Is.EqualTo(
                new KnownDifferenceConfiguration(
                    "a",
                    "type=wb",
                    new ObservedConfiguration { Memory = "Device-nGnRE" },
                    KnownCulprit.Kernel,
                    "why",
                    "https://example.org"
                )
            )
        );
        Assert.That(
            (entry.Verdict, entry.Hosts, entry.Since, entry.Until),
            Is.EqualTo((KnownVerdict.Mismatch, (string?)null, (string?)null, (string?)null))
        );
        Assert.That(KnownDifferencesFile.Text(entry), Does.StartWith("{\"name\":\"a\",\"cases\":\"type=wb\""));
    }

    [TestCase(Entry + ",\n" + Entry, "known-differences.json:3: differences[1].name: \"a\" already exists, in line 2")]
    [TestCase(
        """{ "name": "a" }""",
        "known-differences.json:2: differences[0]: 'cases' is missing: A filter expression over cases, as for --filter"
    )]
    [TestCase(
        """{ "name": "a", "cases": "x", "observed": { "type": "mapped" }, "culprit": "luck", "reason": "r", "link": "https://x" }""",
        "known-differences.json:2: differences[0].culprit: \"luck\" is not known (allowed: kernel, model, probe, platform)"
    )]
    [TestCase(
        """{ "name": "a", "cases": "x", "observed": { "type": "mapped" }, "culprit": "kernel", "reason": "r", "link": "https://x", "until": "soon" }""",
        "known-differences.json:2: differences[0].until: \"soon\" does not fit"
    )]
    [TestCase(
        """{ "name": "a", "cases": "x", "observed": { "type": "mapped" }, "culprit": "kernel", "reason": "r", "link": "my desk" }""",
        "known-differences.json:2: differences[0].link: \"my desk\" does not fit"
    )]
    [TestCase(
        """{ "name": "a", "cases": "x", "observed": "*Device*", "culprit": "kernel", "reason": "r", "link": "https://x" }""",
        "known-differences.json:2: differences[0].observed: "
    )]
    public void A_fault_is_named_with_its_line(string differences, string message) =>
        Assert.That(() => Parse(differences), Throws.TypeOf<ConfigurationException>().With.Message.StartsWith(message));
}
