using System.Diagnostics;
using System.Text.RegularExpressions;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests;

/// <summary>
/// The commands in README.md, CONTRIBUTING.md, docs and the examples in help are valid; those of README that need no
/// host are executed, and print what it shows.
/// </summary>
public sealed partial class DocumentedCommandsTests : CommandFixture
{
    private static readonly string[] s_documents =
    [
        "README.md",
        "CONTRIBUTING.md",
        .. System.IO.Directory.GetFiles(Path.Combine(Installation.Root!, "docs"), "*.md"),
    ];

    /// <summary>Words in capitals stand for something of the user's.</summary>
    private static readonly Dictionary<string, string> s_values = new()
    {
        ["RUN"] = "last",
        ["FILE"] = "out",
        ["NAME"] = "7.2",
        ["COMMAND"] = "run",
        ["EXPR"] = "slot=none",
    };

    /// <summary>The repository's configuration, with the lab host that README adds.</summary>
    [SetUp]
    public void Configure() =>
        File.WriteAllText(
            Path.Combine(Directory, ConfigurationFile.Name),
            File.ReadAllText(Path.Combine(Installation.Root!, ConfigurationFile.Name))
                .Replace(
                    "\"targets\": {",
                    "\"targets\": { \"gh200\": { \"kind\": \"ssh\", \"destination\": \"root@gh200\" },"
                )
        );

    private static IEnumerable<TestCaseData> Documented() =>
        s_documents.SelectMany(path =>
            Commands(File.ReadAllText(Path.Combine(Installation.Root!, path)))
                .Distinct()
                .Select(c => new TestCaseData(c).SetArgDisplayNames(Path.GetFileName(path), c))
        );

    private static IEnumerable<string> Commands(string text) =>
        Written()
            .Matches(text)
            .Select(m => m.Groups[1].Value)
            // A line of syntax, not a command.
            .Where(c => !c.Contains('['));

    /// <summary>
    /// The arguments as a shell passes them; a pipe, a redirection or a second command is not part of it.
    /// </summary>
    private static async Task<string[]> ArgumentsAsync(string command)
    {
        string words = Placeholder()
            .Replace(command.Split(" > ")[0], m => s_values.GetValueOrDefault(m.Value, m.Value));
        var start = new ProcessStartInfo(
            "bash",
            ["-c", $"harness() {{ printf '%s\\0' \"$@\" >&3; exit; }}; exec 3>&1 >/dev/null; harness {words}"]
        )
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
        };
        using var bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return output.Split('\0')[..^1];
    }

    private HarnessConsole Quiet => new(TextWriter.Null, TextWriter.Null, false, false, Directory);

    [TestCaseSource(nameof(Documented))]
    public async Task A_documented_command_is_valid(string command)
    {
        string[] args = await ArgumentsAsync(command);
        Assert.That(args, Is.Not.Empty);
        Assert.That(HarnessCommand.FaultsOf(args, Quiet, HarnessActions.Real), Is.Empty);
        if (args[0] is not ("run" or "migrate" or "bisect" or "identify" or "targets") || args.Contains("--resume"))
            return;
        // The names in it too: suites, targets, CPUs, policies, filters.
        var error = new StringWriter();
        int code = await HarnessCommand.InvokeAsync(args, Quiet with { Error = error }, Recording);
        Assert.That((code, error.ToString()), Is.EqualTo((0, "")));
        if (Asked is RunRequest { Targets: var targets, Filter: var filter, Policy: var policy })
        {
            Assert.That(targets, Is.Not.Empty);
            Assert.That(CasesAction.Select(targets[0].Filter ?? filter), Is.Not.Empty);
            _ = PolicyNames.Find(policy);
        }
    }

    [TestCase("")]
    [TestCaseSource(nameof(Verbs))]
    public async Task The_examples_in_help_are_valid(string verb)
    {
        string help = (await Harness($"{verb} --help")).Out;
        foreach (Match example in Example().Matches(help))
        {
            string[] args = await ArgumentsAsync(example.Groups[1].Value);
            Assert.That(HarnessCommand.FaultsOf(args, Quiet, HarnessActions.Real), Is.Empty, example.Value);
        }
    }

    private static IEnumerable<string> Verbs() => VerbGroups.All.SelectMany(g => g.Verbs).Select(v => v.Name);

    [Test]
    public async Task What_README_shows_of_a_case_is_what_explain_prints()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Installation.Root!, "README.md"));
        var shown = Shown().Matches(readme);
        Assert.That(shown, Is.Not.Empty);
        Real = true;
        foreach (Match block in shown)
        {
            string[] args = await ArgumentsAsync(block.Groups[1].Value);
            using var output = new StringWriter { NewLine = "\n" };
            int code = await HarnessCommand.InvokeAsync(args, Quiet with { Out = output }, HarnessActions.Real);
            Assert.That(code, Is.Zero);
            string[] parts = block
                .Groups[2]
                .Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => Words(l))
                .Where(l => l.Length > 0 && l != "...")
                .ToArray();
            // README wraps lines elsewhere.
            string all = Words(output.ToString());
            Assert.That(all, Does.Contain(string.Join(' ', parts)), block.Groups[1].Value);
        }
    }

    private static string Words(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>In a code span, or alone on an indented line.</summary>
    [GeneratedRegex(@"(?:`(?:\./)?|^ {4,}(?:\$ )?(?:\./)?)scripts/harness ([^`\n]+)", RegexOptions.Multiline)]
    private static partial Regex Written();

    [GeneratedRegex(@"\b[A-Z]{3,}\b(?![_=])")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^  harness (.+)$", RegexOptions.Multiline)]
    private static partial Regex Example();

    /// <summary>A command of explain, and the lines below it.</summary>
    [GeneratedRegex(@"^    \$ scripts/harness (explain .+)\n((?:    .*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Shown();
}
