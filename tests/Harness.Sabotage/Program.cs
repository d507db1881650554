using System.CommandLine;
using System.Diagnostics;
using System.IO.Enumeration;
using Harness.Images;
using Harness.Sabotage;

var kinds = new Option<string[]>("--kind")
{
    Description = "Only these wrong decisions; * and ? as in file names.",
    HelpName = "NAME",
};
var targets = new Option<string[]>("--target")
{
    Description =
        $"TRACK/CPU, with a CPU of {SabotageTarget.Cpus}; more than once: a decision is made on the first that it concerns.",
    HelpName = "T",
    DefaultValueFactory = _ => ["7.2/max", "7.2/a76", "7.2/mte"],
};
var options = new MeasuringOptions("tests/Harness.Sabotage/measured.json");
var command = new RootCommand(
    "Makes a booted kernel decide wrongly, one way at a time, and measures what the harness notices."
)
{
    kinds,
    targets,
};
options.AddTo(command);
command.SetAction(
    async (parsed, cancel) =>
    {
        if (parsed.GetValue(options.Table))
        {
            SabotageTable.Write(Console.Out, Record.Read());
            return 0;
        }
        string[] wanted = parsed.GetValue(kinds) is { Length: > 0 } named ? named : ["*"];
        bool Fits(WrongDecision decision, string pattern) =>
            FileSystemName.MatchesSimpleExpression(pattern, decision.Name);
        if (wanted.FirstOrDefault(w => !WrongDecision.All.Any(d => Fits(d, w))) is { } unknown)
        {
            Console.Error.WriteLine(
                $"sabotage: --kind {unknown}: there is no such wrong decision (tests/Harness.Sabotage/sabotages.json has all)"
            );
            return 2;
        }
        string[] given = parsed.GetValue(targets)!;
        if (given.FirstOrDefault(t => SabotageTarget.Parse(t) is null) is { } odd)
        {
            Console.Error.WriteLine(
                $"sabotage: --target {odd}: write TRACK/CPU, with a CPU of {SabotageTarget.Cpus}: 7.2/max"
            );
            return 2;
        }
        var hosts = given.Select(t => SabotageTarget.Parse(t)!).ToList();
        var left = WrongDecision.All.Where(d => wanted.Any(w => Fits(d, w))).ToList();
        var (quick, wide) = options.Filters(parsed);
        var clock = Stopwatch.StartNew();
        var measured = new List<Measurement>();
        var before = Record.Read();
        try
        {
            foreach (var target in hosts)
            {
                var here = left.Where(d => d.Concerns(target)).ToList();
                left = [.. left.Except(here)];
                if (here.Count == 0)
                    continue;
                await using var host = await SabotagedHost.StartAsync(
                    parsed.GetValue(options.Harness)!,
                    target,
                    Console.Error
                );
                var measuring = new Measuring(host, quick, wide, Console.Error);
                await measuring.CheckBaselineAsync(MeasuringOptions.Baseline(quick));
                foreach (var decision in here)
                {
                    if (cancel.IsCancellationRequested || clock.Elapsed.TotalMinutes > parsed.GetValue(options.Minutes))
                        break;
                    measured.Add(await measuring.MeasureAsync(decision));
                    if (parsed.GetValue(options.Record))
                        Record.Write(measured);
                }
            }
        }
        catch (Exception e) when (e is ImageException or SabotageException)
        {
            Console.Error.WriteLine($"sabotage: {e.Message}");
            return 2;
        }
        if (parsed.GetValue(options.Json))
            SabotageTable.WriteJson(Console.Out, measured);
        else
            SabotageTable.Write(Console.Out, measured);
        var worse = Record.Worse(before, measured);
        foreach (string line in worse)
            Console.Error.WriteLine($"sabotage: WORSE: {line}");
        return worse.Count > 0 ? 1 : 0;
    }
);

// The measurement that is under way is finished, and the table printed.
return await command
    .Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(10) });
