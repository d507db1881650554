using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class CasesVerb
{
    public static Command Create(VerbContext context)
    {
        var filter = VerbContext.Filter();
        var target = new Option<string?>("--target")
        {
            Description = "Only cases that this target of harness.json can run, by its facts of its last run.",
            HelpName = "T",
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var attributes = new Option<bool>("--attributes")
        {
            Description = "Only the keys of a filter, each with a description and its values.",
        };
        var command = new Command("cases", "Lists the cases, and counts those that no machine can have.")
        {
            filter,
            attributes,
            target,
            db,
            json,
        }.WithExamples(
            "cases",
            "cases --attributes",
            "cases --filter cover=yes                      # the quick set",
            "cases --target nofwb --filter late=yes",
            "cases --filter 'type=nc & slot!=none'",
            "cases --filter 3fa94c --json"
        );
        command.SetAction(
            (parsed, cancel) =>
                parsed.GetValue(attributes)
                    ? Task.FromResult(AttributesList.Write(parsed.GetValue(json), context.Console))
                    : context.Actions.Cases(
                        new CasesRequest(
                            parsed.GetValue(filter),
                            parsed.GetValue(target) is { } name ? VerbContext.Target(context.Load(parsed), name) : null,
                            context.DbOf(parsed, db),
                            parsed.GetValue(json)
                        ),
                        context.Console,
                        cancel
                    )
        );
        return command;
    }
}
