using System.CommandLine;
using System.IO.Enumeration;
using Harness.Images;
using Harness.KernelMutants;
using Harness.Sabotage;

var names = new Option<string[]>("--mutant")
{
    Description = "Only these mutants; * and ? as in file names.",
    HelpName = "NAME",
};
var source = new Option<string?>("--source")
{
    Description =
        "A kernel tree that is changed and restored; by default linux-source-6.12, downloaded into the cache.",
    HelpName = "TREE",
};
var second = new Option<string?>("--second")
{
    Description = "A copy of that tree, made if it isn't there: the next mutant is built in it while one runs.",
    HelpName = "TREE",
};
var jobs = new Option<int>("--jobs")
{
    Description = "Of make.",
    HelpName = "N",
    DefaultValueFactory = _ => Environment.ProcessorCount,
};
var resume = new Option<bool>("--resume") { Description = "Continue the last round: without what it has measured." };
var check = new Option<bool>("--check") { Description = "Only see that each mutant fits the source; build nothing." };
var options = new MeasuringOptions("tests/Harness.KernelMutants/measured.json");
var command = new RootCommand("Builds kernels that decide wrongly, boots them, and measures what the harness notices.")
{
    names,
    source,
    second,
    jobs,
    resume,
    check,
};
options.AddTo(command);
command.SetAction(
    async (parsed, cancel) =>
    {
        if (parsed.GetValue(options.Table))
        {
            MutantTable.Write(Console.Out, MutantRecord.File.Read());
            return 0;
        }
        string[] wanted = parsed.GetValue(names) is { Length: > 0 } named ? named : ["*"];
        bool Fits(KernelMutant mutant, string pattern) => FileSystemName.MatchesSimpleExpression(pattern, mutant.Name);
        if (wanted.FirstOrDefault(w => !KernelMutant.All.Any(m => Fits(m, w))) is { } unknown)
        {
            Console.Error.WriteLine(
                $"kernel-mutants: --mutant {unknown}: there is no such mutant (tests/Harness.KernelMutants/mutants.json has all)"
            );
            return 2;
        }
        var mutants = KernelMutant.All.Where(m => wanted.Any(w => Fits(m, w))).ToList();
        var (quick, wide) = options.Filters(parsed);
        var before = MutantRecord.File.Read();
        var measured = new List<Measurement>();
        IReadOnlyList<string> faults;
        try
        {
            var tree = parsed.GetValue(source) is { } given
                ? new KernelTree(Path.GetFullPath(given), parsed.GetValue(jobs), Console.Error)
                : await KernelTree.EnsureAsync(parsed.GetValue(jobs), Console.Error, cancel);
            if (parsed.GetValue(check))
                return Check(tree, mutants);
            await tree.PrepareAsync(cancel);
            KernelTree[] trees = parsed.GetValue(second) is { } other
                ? [tree, await tree.CopyAsync(Path.GetFullPath(other), cancel)]
                : [tree];
            measured = MutantRecord.Begin(parsed.GetValue(resume));
            faults = await new MutantRound(
                trees,
                new MutantMeasuring(parsed.GetValue(options.Harness)!, quick, wide, Console.Error),
                string.Join(
                    " | ",
                    new[] { MeasuringOptions.Baseline(quick), wide }.OfType<string>().Select(f => $"({f})")
                ),
                parsed.GetValue(options.Minutes)
            ).RunAsync(
                [.. mutants.Where(m => !measured.Any(d => d.Name == m.Name))],
                result =>
                {
                    measured.Add(result);
                    MutantRecord.Add(result);
                    if (parsed.GetValue(options.Record))
                        MutantRecord.File.Write([result]);
                },
                cancel
            );
        }
        catch (Exception e) when (e is ImageException or MutantException)
        {
            Console.Error.WriteLine($"kernel-mutants: {e.Message}");
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("kernel-mutants: interrupted; --resume continues");
            return 130;
        }
        measured = [.. measured.Where(m => mutants.Any(n => n.Name == m.Name))];
        if (parsed.GetValue(options.Json))
            SabotageTable.WriteJson(Console.Out, measured);
        else
            MutantTable.Write(Console.Out, measured);
        var worse = MutantRecord.File.Worse(before, measured);
        foreach (string line in worse)
            Console.Error.WriteLine($"kernel-mutants: WORSE: {line}");
        foreach (string fault in faults)
            Console.Error.WriteLine($"kernel-mutants: {fault}");
        return worse.Count > 0 ? 1
            : faults.Count > 0 ? 2
            : 0;
    }
);

// What is under way is finished, the source restored, and the table printed.
return await command
    .Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(15) });

static int Check(KernelTree tree, List<KernelMutant> mutants)
{
    int wrong = 0;
    foreach (var mutant in mutants)
    {
        try
        {
            _ = tree.Changed(mutant);
        }
        catch (MutantException e)
        {
            Console.Error.WriteLine($"kernel-mutants: {e.Message}");
            wrong++;
        }
    }
    Console.Error.WriteLine($"kernel-mutants: {mutants.Count - wrong} of {mutants.Count} fit {tree.Folder}");
    return wrong > 0 ? 2 : 0;
}
