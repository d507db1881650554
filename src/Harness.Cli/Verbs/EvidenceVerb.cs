using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class EvidenceVerb
{
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("CASE") { Description = "An id, the unique beginning of one, or a key." };
        var run = new Argument<string>("RUN") { Description = $"The run: {StoredRuns.Words}." };
        var target = new Option<string?>("--target")
        {
            Description = "The host of the run; needed where several have the case.",
            HelpName = "T",
        };
        var output = new Option<string?>("--output")
        {
            Description = "The archive's path; by default evidence-CASE-TARGET.tar.gz in this directory.",
            HelpName = "FILE.tar.gz",
        };
        var db = VerbContext.Db();
        var command = new Command(
            "evidence",
            "Packs what a maintainer needs to judge one result into one archive: the case, what was expected and observed, the host, and a C program that reproduces it."
        )
        {
            what,
            run,
            target,
            output,
            db,
        }.WithExamples(
            "evidence f247a6ff73a2 last",
            "evidence f247a6ff73a2 2026-11-21T04 --target nofwb --output mismatch.tar.gz"
        );
        command.SetAction(
            (parsed, cancel) =>
                context.Actions.Evidence(
                    new EvidenceRequest(
                        parsed.GetValue(what)!,
                        parsed.GetValue(run)!,
                        parsed.GetValue(target),
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
