using System.CommandLine;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Model.Programs;

namespace Harness.Cli.Verbs;

internal static class ExploreVerb
{
    private const string UsualTime = "10m";

    public static Command Create(VerbContext context)
    {
        var target = new Option<string>("--target")
        {
            Description = "The target of harness.json to explore.",
            HelpName = "T",
            Required = true,
        };
        var against = new Option<string?>("--against")
        {
            Description =
                "Run the same programs on this target, too, and report where the two differ: as their policies say, or otherwise.",
            HelpName = "T",
        };
        var time = new Option<string?>("--time")
        {
            Description = $"How long to make new programs: 90s, 10m, 2h; otherwise {UsualTime}, and 0 with --program.",
            HelpName = "TIME",
        };
        time.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Duration.Parse(text) is null)
                result.AddError($"--time: '{text}' is no time (allowed: 90s, 10m, 2h)");
        });
        var seed = VerbContext.Number("--seed", "The seed of the random programs; otherwise 1.", 0, int.MaxValue);
        var steps = VerbContext.Number("--steps", "The most steps of a program; otherwise 40.", 3, ProgramSteps.Most);
        var corpus = new Option<string?>("--corpus")
        {
            Description =
                "Programs to run first, a key on each line; those that take new pairs of rules are added to the file.",
            HelpName = "FILE",
        };
        var program = new Option<string[]>("--program")
        {
            Description = "A program to run first, by its key; may be given several times.",
            HelpName = "KEY",
        };
        var repeat = VerbContext.Number(
            "--repeat",
            "Run the programs of --program so often: for what shows only after many; otherwise 1.",
            1,
            1_000_000
        );
        var policy = new Option<string?>("--policy")
        {
            Description = "Judge by this policy; otherwise by that of the host's kernel.",
            HelpName = "NAME",
        };
        var cold = VerbContext.Cold();
        var wait = VerbContext.Wait();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "explore",
            "Runs random programs on a host, judges each step, and shrinks those that do not go as predicted. These are stored as a run."
        )
        {
            target,
            against,
            time,
            seed,
            steps,
            corpus,
            program,
            repeat,
            policy,
            cold,
            wait,
            db,
            json,
        }.WithExamples(
            "explore --target fwb --time 2m",
            "explore --target fwb --time 1h --seed 7 --corpus programs.txt",
            "explore --target fwb --against nofwb --time 5m",
            "explore --target fwb --program 'anonymous:shared vma=rw slot=log do=write.last,dirty-log'"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                var configuration = context.Load(parsed);
                var known = context.Known(parsed);
                string[] keys = parsed.GetValue(program) ?? [];
                if (keys.Length == 0 && parsed.GetValue(repeat) is not null)
                    throw new UsageException("--repeat: there is no --program to repeat");
                ProgramCase[] programs = [.. keys.Select(Parse)];
                return context.Actions.Explore(
                    new ExploreRequest(
                        VerbContext.Target(configuration, parsed.GetValue(target)!),
                        parsed.GetValue(against) is { } other ? VerbContext.Target(configuration, other) : null,
                        Duration.Parse(parsed.GetValue(time) ?? (keys.Length > 0 ? "0" : UsualTime))!.Value,
                        parsed.GetValue(seed) ?? 1,
                        parsed.GetValue(steps) ?? 40,
                        [.. Enumerable.Repeat(programs, parsed.GetValue(repeat) ?? 1).SelectMany(p => p)],
                        parsed.GetValue(corpus) is { } file ? Path.GetFullPath(file, context.Console.Directory) : null,
                        context.DbOf(parsed, db),
                        new RunOptions(parsed.GetValue(json)) { Cold = parsed.GetValue(cold), Known = () => known },
                        VerbContext.WaitOf(parsed.GetValue(wait)),
                        context.CommandLine
                    )
                    {
                        Policy = PolicyNames.Find(parsed.GetValue(policy)),
                    },
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }

    private static ProgramCase Parse(string key) =>
        AllCases.WithKey(key) as ProgramCase
        ?? throw new UsageException(
            $"--program: '{key}' is not the key of a program that a machine can run; such as '{Example}'"
        );

    private static string Example => AllCases.Cases.OfType<ProgramCase>().First().Key;
}
