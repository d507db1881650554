using System.CommandLine;
using Harness.Cases.Filter;

namespace Harness.Cli.Verbs;

internal static class CompletionVerb
{
    private static readonly string[] s_shells = ["bash", "zsh", "fish"];

    public static Command Create(VerbContext context)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", s_shells) };
        shell.CompletionSources.Add(_ => s_shells.Select(s => new System.CommandLine.Completions.CompletionItem(s)));
        shell.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !s_shells.Contains(name))
                result.AddError(
                    $"there is no script for '{name}'{NearestWord.Hint(name, s_shells)} (allowed: {string.Join(", ", s_shells)})"
                );
        });
        var command = new Command(
            "completion",
            "Prints a script with which a shell completes commands, options, suites, targets, policies, runs and filters."
        )
        {
            shell,
        }.WithExamples(
            "completion bash > ~/.local/share/bash-completion/completions/harness",
            "completion zsh > ~/.zfunc/_harness        # a folder of $fpath",
            "completion fish > ~/.config/fish/completions/harness.fish"
        );
        command.SetAction(
            (parsed, _) =>
            {
                context.Console.Out.Write(Script(parsed.GetValue(shell)!));
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return command;
    }

    private static string Script(string shell)
    {
        using var stream = typeof(CompletionVerb).Assembly.GetManifestResourceStream($"completion.{shell}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
