using System.CommandLine;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Findings;

namespace Harness.Cli.Verbs;

internal static class FindingsVerb
{
    public static Command Create(VerbContext context)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "Print this finding, whole, with what stored runs show of it; otherwise all are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "findings",
            "Lists what kernels do that is bad: the releases, the property that it breaks, where it is fixed."
        )
        {
            name,
            db,
            json,
            Verify(context),
            Report(context),
        }.WithExamples(
            "findings",
            "findings --json",
            "findings permissions-lost-on-relax",
            "findings verify permissions-lost-on-relax",
            "findings report permissions-lost-on-relax"
        );
        command.SetAction(
            (parsed, _) =>
            {
                var findings = context.Findings(parsed);
                if (parsed.GetValue(name) is { } one)
                    FindingsAction.Show(
                        Find(findings, one),
                        context.DbOf(parsed, db),
                        parsed.GetValue(json),
                        context.Console
                    );
                else
                    FindingsAction.List(findings, parsed.GetValue(json), context.Console);
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return command;
    }

    private static Command Verify(VerbContext context)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Findings; otherwise all.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var target = new Option<string[]>("--target")
        {
            Description =
                "Verify on this target of harness.json, may be given again; otherwise on the targets that each finding names: one with an affected release, and one with a fixed release where there is one.",
            HelpName = "T",
        };
        var jobs = VerbContext.Jobs();
        var cold = VerbContext.Cold();
        var wait = VerbContext.Wait();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "verify",
            "Runs the cases of findings on hosts, and prints for each: shown, fixed in this release, not shown, or not applicable. The run is stored."
        )
        {
            names,
            target,
            jobs,
            cold,
            wait,
            db,
            json,
        }.WithExamples(
            "findings verify",
            "findings verify permissions-lost-on-relax",
            "findings verify --target fwb --target nofwb-6.12 --json"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                var all = context.Findings(parsed);
                string[] chosen = parsed.GetValue(names) ?? [];
                var findings = chosen.Length == 0 ? all : [.. chosen.Distinct().Select(n => Find(all, n))];
                // What only a program shows has nothing to run.
                IReadOnlyList<Finding> runnable = [.. findings.Where(f => f.Cases.Count > 0)];
                if (runnable.Count == 0)
                    throw new UsageException(
                        $"{findings[0].Name} has no case: {findings[0].Program!.Name} shows it, which is compiled and run by hand ({Hint.Program} findings report {findings[0].Name} writes it)"
                    );
                var configuration = context.Load(parsed);
                return context.Actions.VerifyFindings(
                    new VerifyFindingsRequest(
                        findings,
                        parsed.GetValue(target) is { Length: > 0 } targets
                            ?
                            [
                                .. targets
                                    .Distinct()
                                    .Select(t => new FindingTarget(VerbContext.Target(configuration, t), runnable)),
                            ]
                            :
                            [
                                .. runnable
                                    .SelectMany(f => f.Targets)
                                    .Distinct()
                                    .Select(t => new FindingTarget(
                                        VerbContext.Target(configuration, t),
                                        [.. runnable.Where(f => f.Targets.Contains(t))]
                                    )),
                            ],
                        context.DbOf(parsed, db),
                        new RunOptions(parsed.GetValue(json))
                        {
                            Jobs = parsed.GetValue(jobs),
                            Cold = parsed.GetValue(cold),
                            Known = () => context.Known(parsed),
                        },
                        context.CommandLine,
                        VerbContext.WaitOf(parsed.GetValue(wait))
                    ),
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    private static Command Report(VerbContext context)
    {
        var name = new Argument<string>("NAME") { Description = "The finding." };
        var output = new Option<string?>("--output")
        {
            Description = "The folder for NAME.md and NAME.c; by default this one.",
            HelpName = "DIR",
        };
        var db = VerbContext.Db();
        var command = new Command(
            "report",
            "Writes what a maintainer needs: the text with what stored runs show, and a C program that reproduces it."
        )
        {
            name,
            output,
            db,
        }.WithExamples("findings report permissions-lost-on-relax");
        command.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    FindingsAction.Report(
                        Find(context.Findings(parsed), parsed.GetValue(name)!),
                        context.DbOf(parsed, db),
                        Path.GetFullPath(parsed.GetValue(output) ?? ".", context.Console.Directory),
                        context.Console
                    )
                )
        );
        return command;
    }

    private static Finding Find(IReadOnlyList<Finding> findings, string name) =>
        findings.FirstOrDefault(f => f.Name == name)
        ?? throw new UsageException(
            $"unknown finding '{name}'{NearestWord.Hint(name, findings.Select(f => f.Name))} (allowed: {string.Join(", ", findings.Select(f => f.Name))})"
        );
}
