using System.Text.Json;
using Harness.Cli.Actions;
using Harness.Findings;

namespace Harness.Cli.Tests;

public sealed class FindingsTests : CommandFixture
{
    private const string Name = "permissions-lost-on-relax";

    [Test]
    public async Task The_list_has_releases_property_and_fix_of_each()
    {
        var (code, output, error) = await Harness("findings");

        Assert.That((code, error), Is.EqualTo((ExitCodes.Ok, "")));
        Assert.That(
            output,
            Does.Contain($"{Name}  A store takes away a page's execute permission\n  releases    6.19 to 7.1\n")
        );
        Assert.That(output, Does.Contain("  property    only-its-memory\n"));
    }

    [Test]
    public async Task As_JSON_each_is_an_object_of_a_line()
    {
        var (_, output, _) = await Harness("findings --json");

        var names = output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .Select(f => (f.GetProperty("type").GetString(), f.GetProperty("name").GetString()));
        Assert.That(names, Does.Contain(("finding", Name)));
    }

    [Test]
    public async Task One_is_printed_whole_and_an_unknown_name_has_the_nearest()
    {
        var (code, output, _) = await Harness($"findings {Name}");

        Assert.That(code, Is.EqualTo(ExitCodes.Ok));
        Assert.That(
            output,
            Does.StartWith("# A store takes away a page's execute permission\n").And.Contain("## What it means\n")
        );
        Assert.That(
            await Harness("findings permission-lost-on-relax"),
            Is.EqualTo(
                    (
                        ExitCodes.Usage,
                        "",
                        Error("unknown finding 'permission-lost-on-relax': did you mean 'permissions-lost-on-relax'?")
                    )
                )
                .Using<(int, string, string)>(
                    (a, b) =>
                        a.Item1 == b.Item1
                        && a.Item2 == b.Item2
                        && a.Item3.StartsWith(b.Item3, StringComparison.Ordinal)
                )
        );
    }

    [Test]
    public async Task A_bad_file_beside_the_configuration_is_one_line_and_exit_code_2()
    {
        string folder = Path.Combine(Directory, FindingFiles.Folder);
        System.IO.Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "mine.md"), "---\ntitle: x\n---\n");

        var (code, output, error) = await Harness("findings");

        Assert.That((code, output), Is.EqualTo((ExitCodes.Usage, "")));
        Assert.That(
            error,
            Is.EqualTo($"harness: {folder}/mine.md:1: affected: it is missing (allowed: see docs/findings.md)\n")
        );
    }

    [Test]
    public async Task A_report_is_a_text_and_a_program()
    {
        var (code, _, error) = await Harness($"findings report {Name}");

        Assert.That((code, error), Is.EqualTo((ExitCodes.Ok, $"{Directory}/{Name}.md\n{Directory}/{Name}.c\n")));
        Assert.That(File.ReadAllText(Path.Combine(Directory, $"{Name}.md")), Does.StartWith("# "));
        Assert.That(File.ReadAllText(Path.Combine(Directory, $"{Name}.c")), Does.Contain("int main("));
    }

    [Test]
    public async Task Verify_runs_each_finding_on_its_own_targets()
    {
        File.Copy(
            Path.Combine(Installation.Root!, "harness.json"),
            Path.Combine(Directory, "harness.json"),
            overwrite: true
        );

        await Harness("findings verify");

        var request = (VerifyFindingsRequest)Asked!;
        Assert.That(request.Targets.Select(t => t.Target.Name), Is.Unique);
        Assert.That(
            request.Targets.SelectMany(t => t.Findings.Select(f => (f.Name, t.Target.Name))),
            Is.EquivalentTo(request.Findings.SelectMany(f => f.Targets.Select(t => (f.Name, t))))
        );
    }

    [Test]
    public async Task Verify_on_a_target_runs_the_named_findings_there()
    {
        await Harness($"findings verify {Name} --target fwb");

        var request = (VerifyFindingsRequest)Asked!;
        Assert.That(request.Findings.Single().Name, Is.EqualTo(Name));
        Assert.That(
            request.Targets.Select(t => (t.Target.Name, t.Findings.Single().Name)),
            Is.EqualTo(new[] { ("fwb", Name) })
        );
    }

    [TestCase(FindingStanding.Shown, FindingStanding.Fixed, ExitCodes.Ok)]
    [TestCase(FindingStanding.Shown, FindingStanding.NotApplicable, ExitCodes.Ok)]
    [TestCase(FindingStanding.Shown, FindingStanding.NotShown, ExitCodes.Mismatch)]
    [TestCase(FindingStanding.NotRun, FindingStanding.Unexpected, ExitCodes.Mismatch)]
    [TestCase(FindingStanding.Shown, FindingStanding.NotRun, ExitCodes.Infrastructure)]
    [TestCase(FindingStanding.NotApplicable, FindingStanding.NotApplicable, ExitCodes.Infrastructure)]
    public void The_exit_code_says_whether_findings_are_as_stated(
        FindingStanding one,
        FindingStanding other,
        int expected
    ) =>
        Assert.That(
            VerifyFindingsAction.Code([
                .. new[] { one, other }.Select(s => new FindingResult(null!, "t", null, s, "", [])),
            ]),
            Is.EqualTo(expected)
        );

    private static string Error(string message) => $"harness: {message}";
}
