using System.CommandLine;
using System.Globalization;
using Harness.Cli.Configuration;
using Harness.Reports;
using Harness.Store;
using Harness.Store.Keeping;

namespace Harness.Cli.Verbs;

internal static class DbVerb
{
    public static Command Create(VerbContext context) =>
        new Command("db", "Looks after databases of results.")
        {
            Check(context),
            Merge(context),
            Prune(context),
            Times(context),
        }.WithExamples(
            "db check results.db",
            "db merge lab1.db lab2.db --into results.db",
            "db prune results.db --keep 30d --dry-run",
            "db times results.db > times.json"
        );

    private static Command Check(VerbContext context)
    {
        var file = File();
        var json = VerbContext.Json();
        var check = new Command(
            "check",
            "Verifies a database: the file itself, that every planned case is accounted for, and that stored counts are right. Exits with 2 if not."
        )
        {
            file,
            json,
        }.WithExamples(
            "db check results.db",
            "db check --json results.db   # one object: runs, results, faults, notes"
        );
        check.SetAction(
            (parsed, _) =>
                Task.FromResult(Check(PathOf(parsed.GetValue(file)!, context), parsed.GetValue(json), context.Console))
        );
        return check;
    }

    private static Command Merge(VerbContext context)
    {
        var from = new Argument<string[]>("FROM")
        {
            Description = "Databases to take runs from. None is changed.",
            Arity = ArgumentArity.OneOrMore,
        };
        var into = new Option<string>("--into")
        {
            Description = "The database to add them to; created if it is missing.",
            HelpName = "FILE",
            Required = true,
        };
        var json = VerbContext.Json();
        var merge = new Command(
            "merge",
            "Adds the runs of other databases to one: all of them, or, with exit code 2, none. A run that exists with the same content is "
                + "left alone, one with other content is refused; one in progress is not taken. Shards of one run (run --shard) become one run; "
                + "exits with 3 if some are missing."
        )
        {
            from,
            into,
            json,
        }.WithExamples(
            "db merge lab1.db lab2.db --into results.db",
            "db merge --json lab1.db --into results.db   # one object a run: file, run, result, hosts, results"
        );
        merge.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    Merge(
                        [.. parsed.GetValue(from)!.Select(f => PathOf(f, context))],
                        PathOf(parsed.GetValue(into)!, context),
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return merge;
    }

    private static Command Prune(VerbContext context)
    {
        var file = File();
        var keep = new Option<string>("--keep")
        {
            Description = "20runs: the newest 20; 30d: those of the last 30 days.",
            HelpName = "N[d|runs]",
            Required = true,
        };
        keep.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && Retention.Parse(text) is null)
                result.AddError($"--keep: '{text}' is neither a number of runs (20runs) nor of days (30d), 1 or more");
        });
        var dry = new Option<bool>("--dry-run") { Description = "Only print what would be kept and removed, and why." };
        var json = VerbContext.Json();
        var prune = new Command(
            "prune",
            "Removes old runs, then unreferenced data, and shrinks the file. Runs in progress and the last finished run of each target are kept."
        )
        {
            file,
            keep,
            dry,
            json,
        }.WithExamples(
            "db prune results.db --keep 30d --dry-run   # what would happen",
            "db prune results.db --keep 20runs"
        );
        prune.SetAction(
            (parsed, _) =>
                Task.FromResult(
                    Prune(
                        PathOf(parsed.GetValue(file)!, context),
                        Retention.Parse(parsed.GetValue(keep)!)!,
                        parsed.GetValue(dry),
                        parsed.GetValue(json),
                        context.Console
                    )
                )
        );
        return prune;
    }

    private static Command Times(VerbContext context)
    {
        var file = File();
        var times = new Command(
            "times",
            "Prints how long a case took on each target when it last finished, as JSON: run --shard-times reads it on every controller."
        )
        {
            file,
        }.WithExamples("db times results.db > times.json   # run --suite nightly --shard 3/8 --shard-times times.json");
        times.SetAction(
            (parsed, _) =>
            {
                string path = PathOf(parsed.GetValue(file)!, context);
                var paces = ResultStore.Open(path).Paces();
                if (paces.Count == 0)
                    throw new UsageException($"{path}: no host has finished, so there are no times");
                context.Console.Out.WriteLine(ShardTimesFile.Text(paces));
                return Task.FromResult(ExitCodes.Ok);
            }
        );
        return times;
    }

    private static int Check(string path, bool json, HarnessConsole console)
    {
        var found = ResultStore.Open(path).Check();
        int code = found.Faults.Count == 0 ? ExitCodes.Ok : ExitCodes.Usage;
        if (json)
        {
            JsonLine.Write(
                console.Out,
                new
                {
                    Type = "check",
                    found.Runs,
                    found.Results,
                    found.Faults,
                    found.Notes,
                }
            );
            return code;
        }
        var report = console.Report();
        foreach (string note in found.Notes)
            report.Line(("note: ", TextTone.Doubtful), (note, TextTone.Plain));
        foreach (string fault in found.Faults)
            report.Line(("fault: ", TextTone.Bad), (fault, TextTone.Plain));
        report.Line(
            $"{path}: {found.Runs} runs, {found.Results} results, "
                + (found.Faults.Count == 0 ? "no faults" : $"{found.Faults.Count} faults")
        );
        return code;
    }

    private static int Merge(IReadOnlyList<string> from, string into, bool json, HarnessConsole console)
    {
        // Don't create a file unnecessarily.
        foreach (string file in from)
            if (!System.IO.File.Exists(file))
                throw new StoreException($"{file} does not exist");
        var merged = ResultStore.MergeInto(into, from);
        var wholes = WholeRuns(into, merged);
        if (json)
            WriteJson(merged, wholes, console);
        else
            Write(merged, wholes, into, console);
        return wholes.All(w => w.Shard!.IsWhole) && merged.All(m => m.Result != MergeResults.Apart)
            ? ExitCodes.Ok
            : ExitCodes.Infrastructure;
    }

    /// <summary>The runs that shards were added to.</summary>
    private static IReadOnlyList<RunRecord> WholeRuns(string into, IReadOnlyList<MergedRun> merged)
    {
        string[] ids = [.. merged.Select(m => m.Into).OfType<string>().Distinct()];
        if (ids.Length == 0)
            return [];
        var store = ResultStore.Open(into);
        return [.. ids.Select(id => store.RunWithoutCounts(id)!.Run).Where(r => r.Shard is { IsMerged: true })];
    }

    private static void WriteJson(
        IReadOnlyList<MergedRun> merged,
        IReadOnlyList<RunRecord> wholes,
        HarnessConsole console
    )
    {
        foreach (var run in merged)
            JsonLine.Write(
                console.Out,
                new
                {
                    Type = "merge",
                    run.File,
                    run.Run,
                    run.Result,
                    run.Hosts,
                    run.Results,
                    run.Into,
                    run.Why,
                }
            );
        foreach (var whole in wholes)
            JsonLine.Write(
                console.Out,
                new
                {
                    Type = "night",
                    Run = whole.Id,
                    whole.Suite,
                    whole.Shard!.Night,
                    Shards = whole.Shard.Of,
                    whole.Shard.Missing,
                }
            );
    }

    private static void Write(
        IReadOnlyList<MergedRun> merged,
        IReadOnlyList<RunRecord> wholes,
        string into,
        HarnessConsole console
    )
    {
        var report = console.Report();
        foreach (var run in merged)
            report.Line(
                ($"{run.Run}  ", TextTone.Plain),
                run.Result switch
                {
                    MergeResults.Taken => (
                        $"taken from {run.File}: {run.Hosts} hosts, {run.Results} results",
                        TextTone.Good
                    ),
                    MergeResults.Same => ($"of {run.File} already exists", TextTone.Plain),
                    MergeResults.Apart => ($"taken from {run.File} as a run of its own: {run.Why}", TextTone.Doubtful),
                    MergeResults.Replaced => ($"of {run.File} not taken: {run.Why}", TextTone.Plain),
                    _ => (
                        $"of {run.File} is in progress, or was killed: not taken ({Hint.Command($"run --resume {run.Run}", run.File, console.Directory)} finishes it)",
                        TextTone.Doubtful
                    ),
                }
            );
        foreach (var (run, shard) in wholes.Select(w => (w, w.Shard!)))
            report.Line(
                ($"{run.Id}  ", TextTone.Strong),
                (
                    string.Join(
                        ", ",
                        new[]
                        {
                            run.Suite,
                            shard.Night is { } night ? $"night {night}" : null,
                            shard.Words,
                        }.OfType<string>()
                    ),
                    TextTone.Plain
                ),
                (shard.IsWhole ? "" : $"; missing: {ShardRecord.List(shard.Missing)}", TextTone.Bad)
            );
        report.Line(
            $"{into}: {merged.Count(r => r.Result is MergeResults.Taken or MergeResults.Apart)} of {merged.Count} runs taken"
        );
    }

    private static int Prune(string path, Retention keep, bool dry, bool json, HarnessConsole console)
    {
        var store = ResultStore.Open(path);
        var plan = store.PlanPruning(keep, DateTimeOffset.UtcNow);
        var report = console.Report();
        foreach (var run in plan)
        {
            if (json)
                JsonLine.Write(
                    console.Out,
                    new
                    {
                        Type = "prune",
                        run.Run,
                        run.Started,
                        run.State,
                        run.Results,
                        run.Kept,
                        run.Why,
                    }
                );
            else
                report.Line(
                    (run.Kept ? "keep    " : "remove  ", run.Kept ? TextTone.Good : TextTone.Bad),
                    (
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{run.Run}  {run.State}, {run.Results} results: {run.Why}"
                        ),
                        TextTone.Plain
                    )
                );
        }
        int remove = plan.Count(r => !r.Kept);
        if (dry || remove == 0)
        {
            if (!json)
                report.Line(
                    remove == 0
                        ? $"{path}: nothing to remove"
                        : $"{path}: {remove} of {plan.Count} runs would be removed"
                );
            return ExitCodes.Ok;
        }
        var done = store.Prune(plan);
        if (json)
        {
            JsonLine.Write(
                console.Out,
                new
                {
                    Type = "pruned",
                    done.Runs,
                    done.Cases,
                    done.Paths,
                    done.BytesBefore,
                    done.BytesAfter,
                    done.NotShrunk,
                }
            );
            return ExitCodes.Ok;
        }
        if (done.NotShrunk is { } why)
            report.Line(
                ("note: ", TextTone.Doubtful),
                ($"removed, but the file is as large as before: {why}", TextTone.Plain)
            );
        report.Line(
            $"{path}: {done.Runs} runs removed, with {done.Cases} cases and {done.Paths} unreferenced paths of rules; "
                + string.Create(
                    CultureInfo.InvariantCulture,
                    $"{done.BytesBefore / 1e6:F1} MB became {done.BytesAfter / 1e6:F1} MB"
                )
        );
        return ExitCodes.Ok;
    }

    private static Argument<string> File() => new("FILE") { Description = "A database of results." };

    private static string PathOf(string file, VerbContext context) => Path.GetFullPath(file, context.Console.Directory);
}
