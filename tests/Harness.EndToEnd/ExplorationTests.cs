using System.Text.Json;

namespace Harness.EndToEnd;

/// <summary>Random programs on a booted host with FWB, and the same ones on one without.</summary>
[Category("Qemu")]
public class ExplorationTests
{
    [Test]
    [OnReadReleases("7.2")]
    public async Task Programs_go_as_predicted_and_two_hosts_differ_only_as_their_policies_say()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "explore",
            "--target",
            "fwb",
            "--against",
            "nofwb",
            "--time",
            "1s",
            "--seed",
            "1",
            "--json",
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        JsonElement[] lines =
        [
            .. end
                .Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonDocument.Parse(l).RootElement),
        ];
        var whole = lines.Single(l => l.GetProperty("type").GetString() == "exploration");
        Assert.That(whole.GetProperty("programs").GetInt32(), Is.GreaterThanOrEqualTo(32));
        Assert.That(whole.GetProperty("compared").GetInt32(), Is.GreaterThanOrEqualTo(32));
        string?[] how =
        [
            .. lines
                .Where(l => l.GetProperty("type").GetString() == "host-difference")
                .Select(l => l.GetProperty("how").GetString())
                .Distinct(),
        ];
        Assert.That(how, Does.Contain("predicted").And.Not.Contain("otherwise"));
    }
}
