using System.Diagnostics;
using Harness.Processes;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>What a real bash proposes, with the script that the program prints.</summary>
public sealed class CompletionTests : CommandFixture
{
    /// <param name="line">Up to the cursor.</param>
    /// <param name="breaks">Characters at which bash ends words: its usual ones have "=" and ":".</param>
    private async Task<string[]> ProposedAsync(string line, string breaks = " \t\n\"'><=;|&(:")
    {
        string program = Path.Combine(Directory, "harness");
        await File.WriteAllTextAsync(
            program,
            $"#!/bin/sh\nexec dotnet {ShellQuote.Word(typeof(HarnessCommand).Assembly.Location)} \"$@\"\n"
        );
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string script = (await Harness("completion bash")).Out;
        string test = $$"""
            {{script}}
            COMP_WORDBREAKS={{ShellQuote.Word(breaks)}}
            COMP_LINE={{ShellQuote.Word(line.Replace("harness", program))}}
            COMP_POINT=${#COMP_LINE}
            COMP_WORDS=($COMP_LINE)
            compopt() { :; }
            _harness
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var start = new ProcessStartInfo("bash", ["--norc", "-c", test])
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync();
        Assert.That(await bash.StandardError.ReadToEndAsync(), Is.Empty);
        await bash.WaitForExitAsync();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [TestCase("harness ru", "run runs")]
    [TestCase("harness run --sui", "--suite")]
    [TestCase("harness run --suite ", "default moves night")]
    [TestCase("harness run --suite n", "night")]
    [TestCase("harness explain f247 --target f", "fwb")]
    [TestCase("harness export --format j", "junit")]
    [TestCase("harness images b", "build")]
    [TestCase(
        "harness explain f247a6ff73a2 --policy mainline-6.1",
        "mainline-6.1 mainline-6.1.191 mainline-6.10 mainline-6.12.113 mainline-6.13 mainline-6.14 mainline-6.16 mainline-6.17 mainline-6.18 mainline-6.18.56 mainline-6.19"
    )]
    [TestCase("harness cases --filter provi", "provider=")]
    [TestCase("harness cases --filter provider=sysf", "sysfs")]
    [TestCase("harness cases --filter type=nc&provider=sysf", "sysfs")]
    [TestCase("harness completion ", "bash fish zsh")]
    public async Task Bash_proposes_what_the_program_knows(string line, string expected) =>
        Assert.That(
            (await ProposedAsync(line))
                .Where(w => !w.StartsWith('-') || line.Contains("--"))
                .Order(StringComparer.Ordinal),
            Is.EqualTo(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        );

    [Test]
    public async Task Where_bash_does_not_end_words_at_a_sign_the_whole_word_is_proposed() =>
        Assert.That(
            await ProposedAsync("harness cases --filter provider=sysf", " \t\n"),
            Is.EqualTo(new[] { "provider=sysfs" })
        );

    [Test]
    public async Task Runs_are_proposed_from_the_database()
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(Directory, "night.db"));
        await using (
            await store.BeginRunAsync(
                new RunRecord("2026-11-21T04", DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null)
            )
        )
            Assert.That(
                await ProposedAsync("harness report --db night.db 2026"),
                Is.EqualTo(new[] { "2026-11-21T04" })
            );
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    public async Task There_is_a_script_for_each_shell(string shell)
    {
        var (code, output, _) = await Harness($"completion {shell}");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain($"# Completion of harness for {shell}.").And.Contain("[suggest:"));
    }

    [Test]
    public async Task An_unknown_shell_is_one_line()
    {
        var (code, _, error) = await Harness("completion bsah");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(
            error,
            Does.StartWith("harness: there is no script for 'bsah': did you mean 'bash'? (allowed: bash, zsh, fish)")
        );
    }
}
