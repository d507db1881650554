namespace Harness.Findings.Tests;

public class FindingTextTests
{
    [Test]
    public void The_text_has_releases_cases_commands_and_what_was_observed()
    {
        var finding = Sample.Read();
        var result = new FindingResult(
            finding,
            "6.19/a76/vhe",
            "6.19.14",
            FindingStanding.Shown,
            "",
            [("bc97a48a8257", "registered; exec: mapped")]
        )
        {
            Details = new Dictionary<string, IReadOnlyList<string>> { ["bc97a48a8257"] = ["exec: 0x1"] },
        };

        string[] lines = FindingText.Of(finding, [result], "scripts/harness").Split('\n');

        Assert.That(
            lines,
            Is.SupersetOf(
                new[]
                {
                    "# A store takes away X",
                    "| releases | 6.19 to 7.1 |",
                    "| fixed in | 7.2 |",
                    "| upstream | not reported |",
                    "| property | none |",
                    "    scripts/harness findings verify sample",
                    "    scripts/harness explain bc97a48a8257 --policy mainline-6.19",
                    "  It is shown by exec: execute=true, and write: execute=false.",
                    "- 6.19.14 on 6.19/a76/vhe: **shown**",
                    "  - `bc97a48a8257`: registered; exec: mapped",
                    "    `exec: 0x1`",
                    "X goes.",
                }
            )
        );
    }

    [Test]
    public void Without_a_stored_result_it_says_how_to_get_one() =>
        Assert.That(
            FindingText.Of(Sample.Read(), [], "harness"),
            Does.Contain("Nothing is stored: `harness findings verify sample` boots hosts and stores it.")
        );
}
