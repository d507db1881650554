using System.CommandLine;
using System.IO.Enumeration;
using System.Text.Json;
using Harness.Images;
using Harness.KernelMutants;
using Harness.Sabotage;

const string Quick = "cover=yes";
const string Wide =
    "family=sequence | family=shape | family=change | family=provider | family=next-page | family=program";

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
var quick = new Option<string>("--quick")
{
    Description = "The quick set; \"\" for none: the wide set alone.",
    HelpName = "FILTER",
    DefaultValueFactory = _ => Quick,
};
var wide = new Option<string>("--wide")
{
    Description = "The cases that run where the quick set notices nothing; \"\" for none.",
    HelpName = "FILTER",
    DefaultValueFactory = _ => Wide,
};
var minutes = new Option<double>("--minutes")
{
    Description = "No measurement begins later.",
    HelpName = "N",
    DefaultValueFactory = _ => double.PositiveInfinity,
};
var jobs = new Option<int>("--jobs")
{
    Description = "Of make.",
    HelpName = "N",
    DefaultValueFactory = _ => Environment.ProcessorCount,
};
var resume = new Option<bool>("--resume") { Description = "Continue the last round: without what it has measured." };
var check = new Option<bool>("--check") { Description = "Only see that each mutant fits the source; build nothing." };
var json = new Option<bool>("--json") { Description = "Print the table as JSON lines." };
var record = new Option<bool>("--record")
{
    Description = "Write what was measured to tests/Harness.KernelMutants/measured.json.",
};
var table = new Option<bool>("--table") { Description = "Print the table of what was recorded, and measure nothing." };
var program = new Option<string>("--harness")
{
    Description = "The harness.dll that is tested.",
    HelpName = "PATH",
    DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "harness.dll"),
};
var command = new RootCommand("Builds kernels that decide wrongly, boots them, and measures what the harness notices.")
{
    names,
    source,
    second,
    quick,
    wide,
    minutes,
    jobs,
    resume,
    check,
    json,
    record,
    table,
    program,
};
command.SetAction(
    async (parsed, cancel) =>
    {
        if (parsed.GetValue(table))
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
        string? quickFilter = parsed.GetValue(quick) is { Length: > 0 } narrow ? narrow : null;
        string? wideFilter = parsed.GetValue(wide) is { Length: > 0 } broad ? broad : null;
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
                new MutantMeasuring(parsed.GetValue(program)!, quickFilter, wideFilter, Console.Error),
                string.Join(" | ", new[] { quickFilter ?? Quick, wideFilter }.OfType<string>().Select(f => $"({f})")),
                parsed.GetValue(minutes)
            ).RunAsync(
                [.. mutants.Where(m => !measured.Any(d => d.Name == m.Name))],
                result =>
                {
                    measured.Add(result);
                    MutantRecord.Add(result);
                    if (parsed.GetValue(record))
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
        if (parsed.GetValue(json))
        {
            foreach (var m in measured)
                Console.WriteLine(JsonSerializer.Serialize(m, SabotageJson.Options));
        }
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
