using System.Text.Json;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Model;
using Harness.Model.Safety;

namespace Harness.Cli.Tests;

/// <summary>The verbs about policies that need no machine.</summary>
public sealed class PolicyVerbTests : CommandFixture
{
    [Test]
    public async Task The_policies_are_listed_with_what_sets_each_apart()
    {
        var (code, output, _) = await Harness("policies");

        Assert.That(code, Is.EqualTo(0));
        Assert.That(
            output.Split('\n'),
            Has.Some.StartsWith("mainline-6.17 ").And.Contains("refused at registration elsewhere")
        );
        Assert.That(output.Split('\n'), Has.Some.StartsWith("proposal-v3 "));
    }

    [Test]
    public async Task An_audit_is_a_table_and_below_it_the_smallest_example_of_each_breach()
    {
        var (code, output, _) = await Harness("audit --policy proposal-v3");

        Assert.That(code, Is.EqualTo(0));
        Assert.That(output, Does.Match(@"(?m)^proposal-v3 +\. +\d+ +\. "));
        Assert.That(
            output,
            Does.Contain(
                "from FWB, no DIC, registered; read: mapped Normal-WB rw-, to no FWB, no DIC, registered; read: KVM_RUN fails with EINVAL"
            )
        );
        Assert.That(output, Does.Contain($"1 policy, {AllCases.Audited.Count * HostFacts.All.Count:N0} points each"));
    }

    [Test]
    public async Task An_audit_for_programs_is_a_line_for_each_policy_and_property()
    {
        var (_, output, _) = await Harness("audit --policy proposal-v3 --policy mainline-7.3 --json");
        var lines = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();

        Assert.That(lines, Has.Count.EqualTo(2 * SafetyProperties.All.Count));
        var found = lines.Single(l =>
            l.GetProperty("policy").GetString() == "proposal-v3"
            && l.GetProperty("property").GetString() == "discoverable"
        );
        Assert.That(found.GetProperty("holds").GetBoolean(), Is.False);
        Assert.That(found.GetProperty("breaches")[0].GetProperty("other").GetString(), Is.EqualTo("no FWB, no DIC"));
    }

    [Test]
    public async Task The_systems_are_listed_and_audited_by_themselves()
    {
        var (code, listed, _) = await Harness("systems");
        var (audited, output, _) = await Harness("audit --system gunyah-v17 --system gunyah-fixup");

        Assert.That((code, audited), Is.EqualTo((0, 0)));
        Assert.That(listed.Split('\n'), Has.Some.StartsWith("sev-v5 "));
        Assert.That(output, Does.Match(@"(?m)^gunyah-v17 +\. +- +\d+ +\. +- +\d+$"));
        Assert.That(output, Does.Contain("create, bind, donate, stray: the host dies"));
        Assert.That(output, Does.Contain("2 systems, ").And.Not.Contain(" polic"));
    }

    [Test]
    public async Task An_audit_of_systems_for_programs_is_a_line_for_each_system_and_property()
    {
        var (_, output, _) = await Harness("audit --system gunyah-v17 --json");
        var lines = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();

        Assert.That(lines, Has.Count.EqualTo(6));
        var survives = lines.Single(l => l.GetProperty("property").GetString() == "host-survives");
        Assert.That(
            survives.GetProperty("breaches")[0].GetProperty("steps")[3].GetProperty("operation").GetString(),
            Is.EqualTo("stray")
        );
        Assert.That(
            lines.Single(l => l.GetProperty("property").GetString() == "zeroed").GetProperty("asked").GetInt32(),
            Is.Zero
        );
    }

    [Test]
    public async Task A_system_that_there_is_not_is_a_usage_error_that_names_those_there_are()
    {
        var (code, _, error) = await Harness("audit --system gunyah");

        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("unknown system 'gunyah'").And.Contain("gunyah-library"));
    }

    [Test]
    public async Task An_explanation_for_programs_is_a_line_for_each_policy_and_kind_of_CPU()
    {
        using var output = new StringWriter();
        var console = new HarnessConsole(output, TextWriter.Null, false, false, "/");

        await ExplainAction.ExecuteAsync(
            new ExplainRequest("f247a6ff73a2", null, ["mainline-6.16", "mainline-6.17"], null, "none.db", Json: true),
            console,
            default
        );

        var lines = output.ToString().TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(lines, Has.Count.EqualTo(4));
        Assert.That(
            lines.Select(l => l.GetProperty("registration").GetProperty("errno").GetString()),
            Is.EqualTo(new[] { "None", "None", "None", "EINVAL" })
        );
        Assert.That(
            lines[3].GetProperty("registration").GetProperty("path")[0].GetProperty("name").GetString(),
            Is.EqualTo("cacheable-pfnmap-unsupported")
        );
    }
}
