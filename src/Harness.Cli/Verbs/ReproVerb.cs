using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ReproVerb
{
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("CASE") { Description = CasesAction.Words };
        var c = new Option<bool>("--c")
        {
            Description = "As one C file that needs only libc and the kernel's headers.",
        };
        var target = new Option<string?>("--target")
        {
            Description = "Expect what is allowed on this target of harness.json, by its last run.",
            HelpName = "T",
        };
        var policy = new Option<string?>("--policy")
        {
            Description =
                "Expect what this policy allows; by default that of the target's kernel, or the newest of mainline.",
            HelpName = "P",
        };
        var on = new Option<string?>("--on")
        {
            Description =
                "Only on CPUs with these facts: fwb, dic, mte, or with \"no\" before one, joined by commas; or none. "
                + "By default the file contains the expectation for every kind of CPU.",
            HelpName = "FACTS",
        };
        var output = new Option<string?>("--output")
        {
            Description = "The output file; by default stdout.",
            HelpName = "FILE",
        };
        var db = VerbContext.Db();
        var command = new Command("repro", "Writes a case as a self-contained C program, with the expected result.")
        {
            what,
            c,
            target,
            policy,
            on,
            output,
            db,
        }.WithExamples(
            "repro f247a6ff73a2 --c --output repro.c",
            "repro f247a6ff73a2 --c --target fwb",
            "repro f247a6ff73a2 --c --policy mainline-6.12 --on nofwb"
        );
        command.Validators.Add(result =>
        {
            if (!result.GetValue(c))
                result.AddError("repro needs --c: C is the only format");
            if (result.GetValue(target) is not null && result.GetValue(on) is not null)
                result.AddError("a target has its own facts: give --on or --target, not both");
        });
        command.SetAction(
            (parsed, cancel) =>
                context.Actions.Repro(
                    new ReproRequest(
                        parsed.GetValue(what)!,
                        parsed.GetValue(target) is { } name ? VerbContext.Target(context.Load(parsed), name) : null,
                        parsed.GetValue(policy),
                        parsed.GetValue(on) is { } facts ? ExplainHosts.Parse(facts) : null,
                        context.DbOf(parsed, db),
                        parsed.GetValue(output) is { } file ? Path.GetFullPath(file, context.Console.Directory) : null
                    ),
                    context.Console,
                    cancel
                )
        );
        return command;
    }
}
