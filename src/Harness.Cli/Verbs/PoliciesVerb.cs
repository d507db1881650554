using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class PoliciesVerb
{
    public static Command Create(VerbContext context)
    {
        var markdown = new Option<bool>("--markdown")
        {
            Description = "All policies with their rules and their audit: docs/policies.md.",
        };
        var command = new Command("policies", "Lists the policies: mainline's generations and the proposals.")
        {
            markdown,
        }.WithExamples("policies", "policies --markdown");
        command.SetAction(
            (parsed, cancel) =>
                Task.FromResult(PoliciesAction.Execute(parsed.GetValue(markdown), context.Console, cancel))
        );
        return command;
    }
}
