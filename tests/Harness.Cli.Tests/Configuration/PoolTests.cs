using System.Text;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests.Configuration;

/// <summary>Targets of kind pool.</summary>
public sealed class PoolTests
{
    private static HarnessConfiguration Parse(string pool) =>
        ConfigurationFile.Parse(
            Encoding.UTF8.GetBytes($$"""{ "targets": { "gh200": {{pool}} }, "suites": {} }"""),
            "/lab/harness.json"
        );

    [Test]
    public void A_pool_has_machines_in_their_order_each_with_the_options_of_ssh()
    {
        var pool = (PoolTargetConfiguration)
            Parse(
                """{ "kind": "pool", "machines": { "z": { "destination": "root@z", "identityFile": "key" }, "a": { "destination": "a", "port": 2222 } } }"""
            ).Targets["gh200"];
        Assert.That(pool.Machines.Keys, Is.EqualTo(new[] { "z", "a" }));
        Assert.That(pool.Machines["z"].IdentityFile, Is.EqualTo("/lab/key"));
        Assert.That(pool.Machines["a"].Port, Is.EqualTo(2222));
    }

    [TestCase("""{ "kind": "pool" }""", "'machines' is missing")]
    [TestCase("""{ "kind": "pool", "machines": { "a": { "destination": "a" } } }""", "machines")]
    [TestCase(
        """{ "kind": "pool", "machines": { "a": { "destination": "x" }, "b": { "destination": "x" } } }""",
        "machines.b: it is the same machine as a (allowed: each once)"
    )]
    [TestCase(
        """{ "kind": "pool", "machines": { "a": { "destination": "a" }, "b": { "destinaton": "b" } } }""",
        "destinaton"
    )]
    [TestCase(
        """{ "kind": "pool", "health": "slott=none", "machines": { "a": { "destination": "a" }, "b": { "destination": "b" } } }""",
        "gh200.health: 'slott=none', at 1: 'slott' is not an attribute"
    )]
    public void A_pool_that_is_not_valid_is_reported_with_its_place(string pool, string message) =>
        Assert.That(
            () => Parse(pool),
            Throws.TypeOf<ConfigurationException>().With.Message.Contains(message).And.Message.Contains(":1: ")
        );
}
