using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class SystemsVerb
{
    public static Command Create(VerbContext context)
    {
        var markdown = new Option<bool>("--markdown")
        {
            Description = "All systems with their transitions and their audit: docs/ownership.md.",
        };
        var command = new Command(
            "systems",
            "Lists the systems of private memory: mainline's generations, pKVM's, and what mails and specifications propose."
        )
        {
            markdown,
        }.WithExamples("systems", "systems --markdown");
        command.SetAction(
            (parsed, cancel) =>
                Task.FromResult(SystemsAction.Execute(parsed.GetValue(markdown), context.Console, cancel))
        );
        return command;
    }
}
