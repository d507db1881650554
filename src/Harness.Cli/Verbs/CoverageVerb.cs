using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class CoverageVerb
{
    public static Command Create(VerbContext context)
    {
        var policy = new Option<string[]>("--policy")
        {
            Description = "Only this policy; may be given again.",
            HelpName = "P",
        };
        var filter = VerbContext.Filter();
        var cover = new Option<bool>("--cover")
        {
            Description = "Only compute the quick set, one key a line: src/Harness.Cases/Cover.txt.",
        };
        var json = VerbContext.Json();
        var command = new Command(
            "coverage",
            "Checks whether the cases take every path of each policy, and whether they detect every mistake in it: each rule removed, inverted, reordered, replaced."
        )
        {
            policy,
            filter,
            cover,
            json,
        }.WithExamples(
            "coverage",
            "coverage --policy mainline-7.2 --filter cover=yes     # what a quick run would detect",
            "coverage --cover > src/Harness.Cases/Cover.txt"
        );
        command.SetAction(
            (parsed, cancel) =>
                Task.FromResult(
                    parsed.GetValue(cover)
                        ? CoverageAction.WriteCover(context.Console, cancel)
                        : CoverageAction.Execute(
                            PolicyNames.Several(parsed.GetValue(policy)),
                            parsed.GetValue(filter),
                            parsed.GetValue(json),
                            context.Console,
                            cancel
                        )
                )
        );
        return command;
    }
}
