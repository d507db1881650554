using Harness.Processes;

namespace Harness.EndToEnd;

/// <summary>
/// The rehearsal on a lab host, scripts/lab-host: a test for nights, by scripts/test --lab, and in no other run.
/// </summary>
public class LabRehearsalTests
{
    private static string Script => Path.Combine(Cli.Root, "scripts", "lab-rehearsal");

    private static readonly string[] Parts = ["logins", "folders", "homes", "module", "signed", "selinux", "settings"];

    /// <summary>On a busy machine; some five minutes on a quiet one.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(40);

    [Category("Lab")]
    [TestCaseSource(nameof(Parts))]
    public async Task Everything_on_a_rehearsed_lab_host_is_as_it_must_be(string part)
    {
        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec(Script, part) { WorkingDirectory = Cli.Root, Deadline = Limit },
            default
        );

        Assert.That(result.ExitCode, Is.Zero, () => Reason(result.OutputText, result.ErrorText));
    }

    [Test]
    public void Every_part_of_the_rehearsal_is_a_test() =>
        Assert.That(File.ReadAllText(Script), Does.Contain($"|| parts=({string.Join(' ', Parts)})\n"));

    [TestCase("== run: exit code 0\n== NOT AS IT MUST BE: a\nx\n== NOT AS IT MUST BE: b\n", "", "a; b")]
    [TestCase("lab-rehearsal: in /tmp/x\n", "lab-host: there is no disk\n", "lab-host: there is no disk")]
    public void The_reason_is_what_was_not_as_it_must_be_or_why_nothing_ran(
        string output,
        string error,
        string reason
    ) => Assert.That(Reason(output, error), Does.StartWith($"{reason}\n\n"));

    private static string Reason(string output, string error)
    {
        const string Wrong = "== NOT AS IT MUST BE: ";
        string[] wrong =
        [
            .. output
                .Split('\n')
                .Where(line => line.StartsWith(Wrong, StringComparison.Ordinal))
                .Select(line => line[Wrong.Length..]),
        ];
        return $"{(wrong.Length > 0 ? string.Join("; ", wrong) : error.Trim())}\n\n{output}{error}";
    }
}
