using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ExplainVerb
{
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string?>("CASE") { Description = CasesAction.Words, Arity = ArgumentArity.ZeroOrOne };
        var filter = VerbContext.Filter();
        var limit = VerbContext.Limit(
            $"With --filter: explain at most this many of the ways in which its cases are decided; otherwise {CaseGroup.UsualLimit}."
        );
        var target = new Option<string?>("--target")
        {
            Description = "Explain for this target of harness.json.",
            HelpName = "T",
        };
        var policy = new Option<string[]>("--policy")
        {
            Description =
                "Explain under this policy; given twice, show where the two part. By default under that of the target's kernel, or the newest of mainline.",
            HelpName = "P",
        };
        var on = new Option<string?>("--on")
        {
            Description =
                "Only on CPUs with these facts: fwb, dic, mte, protected (for kvm-arm.mode=protected), or with \"no\" before one, joined by commas; or none. "
                + "By default every kind of CPU with a different path is explained.",
            HelpName = "FACTS",
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "explain",
            "Prints the rules that lead to the prediction for a case, and the resulting memory type for the guest."
        )
        {
            what,
            filter,
            limit,
            target,
            policy,
            on,
            db,
            json,
        }.WithExamples(
            "explain f247a6ff73a2                    # under the newest mainline policy",
            "explain 'pfnmap unknown wb shared read'",
            "explain --filter 'provider=vfio & then=nothing'   # how many there are, and one of each way in which they are decided",
            "explain f247a6ff73a2 --target fwb",
            "explain f247a6ff73a2 --policy mainline-7.2 --on fwb,nodic",
            "explain 'pfnmap:unknown:wb:shared vma=rw slot=none read' --policy mainline-6.16 --policy mainline-6.17"
        );
        command.Validators.Add(result =>
        {
            var policies = result.GetValue(policy) ?? [];
            bool named = result.GetValue(what) is not null;
            if (!named && result.GetValue(filter) is null)
                result.AddError("explain needs a CASE or --filter");
            if (named && result.GetResult(filter) is not null)
                result.AddError("explain takes a CASE or --filter, not both");
            if (named && result.GetResult(limit) is not null)
                result.AddError("explain takes --limit only with --filter");
            if (policies.Length > 2)
                result.AddError("explain compares two policies at most: give --policy once or twice");
            if (result.GetValue(target) is not null && result.GetValue(on) is not null)
                result.AddError("a target has its own facts: give --on or --target, not both");
        });
        command.SetAction(
            (parsed, cancel) =>
                context.Actions.Explain(
                    new ExplainRequest(
                        parsed.GetValue(what),
                        parsed.GetValue(target) is { } name ? VerbContext.Target(context.Load(parsed), name) : null,
                        parsed.GetValue(policy) ?? [],
                        parsed.GetValue(on) is { } facts ? ExplainHosts.Parse(facts) : null,
                        context.DbOf(parsed, db),
                        parsed.GetValue(json)
                    )
                    {
                        Filter = parsed.GetValue(filter),
                        Limit = parsed.GetValue(filter) is null ? null : parsed.GetValue(limit),
                    },
                    context.Console,
                    cancel
                )
        );
        return command;
    }
}
