using System.Text.Json;

namespace Harness.EndToEnd;

/// <summary>A finding on a booted release that does it, and on one that no longer does.</summary>
[Category("Qemu")]
public class FindingsTests
{
    [Test]
    [OnReadReleases("6.12", "6.1")]
    public async Task A_finding_is_shown_on_an_affected_release_and_fixed_on_a_later_one()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "findings",
            "verify",
            "syndrome-with-garbage",
            "--target",
            "nofwb-6.1",
            "--target",
            "nofwb-6.12",
            "--json",
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        Assert.That(
            end.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonDocument.Parse(l).RootElement)
                .Select(r => (r.GetProperty("target").GetString(), r.GetProperty("standing").GetString())),
            Is.EqualTo(new[] { ("nofwb-6.1", "shown"), ("nofwb-6.12", "fixed in this release") })
        );

        var text = await cli.RunAsync("findings", "syndrome-with-garbage", "--db", cli.Database);
        Assert.That(text.Out, Does.Contain(" on nofwb-6.1: **shown**\n"));
    }
}
