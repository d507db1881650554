using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class DiffPoliciesVerb
{
    public static Command Create(VerbContext context)
    {
        var a = new Argument<string>("A") { Description = "A policy (harness policies lists them)." };
        var b = new Argument<string>("B") { Description = "Another." };
        var json = VerbContext.Json();
        var command = new Command(
            "diff-policies",
            "Prints what two policies decide differently, over the whole input space: the inputs that matter, not a list of cases. "
                + "Then the capabilities, and the rules with their sources. The exit code is 0 whether they differ or not."
        )
        {
            a,
            b,
            json,
        }.WithExamples(
            "diff-policies mainline-6.16 mainline-6.17",
            "diff-policies mainline-6.16 proposal-v3   # what a patch would have changed",
            "diff-policies mainline-7.1 mainline-7.2 --json | jq 'select(.type == \"change\")'"
        );
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    DiffPoliciesAction.Execute(
                        PolicyNames.Find(parsed.GetValue(a))!,
                        PolicyNames.Find(parsed.GetValue(b))!,
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return command;
    }
}
