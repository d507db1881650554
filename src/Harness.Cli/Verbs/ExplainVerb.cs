using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ExplainVerb
{
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("CASE") { Description = "An id, the unique beginning of one, or a key." };
        var target = new Option<string?>("--target") { Description = "Explain for this target of harness.json.", HelpName = "T" };
        var policy = new Option<string?>("--policy") { Description = "Explain under this policy, with FWB and without.", HelpName = "P" };
        var db = VerbContext.Db();
        var command = new Command("explain", "Prints the rules that lead to the prediction for a case.") { what, target, policy, db }
            .WithExamples("explain 3fa94c --target fwb", "explain 3fa94c --policy mainline-7.2");
        command.Validators.Add(result =>
        {
            if (result.GetValue(target) is null && result.GetValue(policy) is null)
                result.AddError("explain needs --target or --policy");
        });
        command.SetAction((parsed, cancel) => context.Actions.Explain(new ExplainRequest(
            parsed.GetValue(what)!,
            parsed.GetValue(target) is { } name ? VerbContext.Target(context.Load(parsed), name) : null,
            parsed.GetValue(policy), context.DbOf(parsed, db)), context.Console, cancel));
        return command;
    }
}
