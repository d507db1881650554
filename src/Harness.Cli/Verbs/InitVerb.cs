using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class InitVerb
{
    public static Command Create(VerbContext context)
    {
        var folder = new Argument<string?>("FOLDER")
        {
            Description = "Where to write it; by default this directory.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command(
            "init",
            "Writes a harness.json to start from, with its schema: hosts under QEMU, and the suites."
        )
        {
            folder,
        }.WithExamples("init", "init lab");
        command.SetAction(parsed =>
            InitAction.Execute(
                Path.GetFullPath(parsed.GetValue(folder) ?? ".", context.Console.Directory),
                context.Console
            )
        );
        return command;
    }
}
