using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class IdentifyVerb
{
    public static Command Create(VerbContext context)
    {
        var target = new Argument<string?>("TARGET")
        {
            Description = "A target of harness.json, which runs the few cases that distinguish all policies.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var run = new Option<string?>("--run")
        {
            Description =
                $"Use the results of a stored run instead of running cases: {StoredRuns.Words}; all its targets unless one is given.",
            HelpName = "RUN",
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "identify",
            "Prints which policies agree with a host's behaviour, and what each of the others got wrong."
        )
        {
            target,
            run,
            db,
            json,
        }.WithExamples("identify fwb", "identify --run last", "identify gh200 --run 2026-11-21 --db nightly.db --json");
        command.Validators.Add(result =>
        {
            if (result.GetValue(target) is null && result.GetValue(run) is null)
                result.AddError("identify needs a TARGET or --run");
        });
        command.SetAction(
            (parsed, cancel) =>
            {
                string database = context.DbOf(parsed, db);
                if (parsed.GetValue(run) is { } id)
                    return Task.FromResult(
                        IdentifyAction.Stored(
                            id,
                            parsed.GetValue(target),
                            database,
                            parsed.GetValue(json),
                            context.Console
                        )
                    );
                var named = VerbContext.Target(context.Load(parsed), parsed.GetValue(target)!);
                return context.Actions.Identify(
                    new IdentifyRequest(named, database, parsed.GetValue(json), context.CommandLine),
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }
}
