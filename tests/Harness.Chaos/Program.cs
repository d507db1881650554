using System.CommandLine;
using System.IO.Enumeration;
using Harness.Chaos;
using Harness.Chaos.Faults;

if (args is [Liar.Verb, var file])
{
    Liar.Run(file);
    return 0;
}

var kinds = new Option<string[]>("--kind")
{
    Description = "Only these kinds of faults; * and ? as in file names.",
    HelpName = "NAME",
};
var times = new Option<int>("--times")
{
    Description = "Rounds; in each, a kind is injected as often as its share.",
    HelpName = "N",
    DefaultValueFactory = _ => 1,
};
var minutes = new Option<double>("--minutes")
{
    Description = "No injection begins later.",
    HelpName = "N",
    DefaultValueFactory = _ => double.PositiveInfinity,
};
var seed = new Option<int>("--seed")
{
    Description = "Decides all moments, sizes and kinds.",
    HelpName = "S",
    DefaultValueFactory = _ => 1,
};
var list = new Option<bool>("--list") { Description = "Print the kinds, and what must come out, as Markdown." };
var json = new Option<bool>("--json") { Description = "Print the table as JSON lines." };
var program = new Option<string>("--harness")
{
    Description = "The harness.dll to disturb.",
    HelpName = "PATH",
    DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "harness.dll"),
};
var command = new RootCommand("Injects faults into runs of the harness, and checks what comes out.")
{
    kinds,
    times,
    minutes,
    seed,
    list,
    json,
    program,
};
command.SetAction(
    async (parsed, cancel) =>
    {
        string[] wanted = parsed.GetValue(kinds) is { Length: > 0 } named ? named : ["*"];
        var faults = AllFaults
            .Table.Where(f => wanted.Any(w => FileSystemName.MatchesSimpleExpression(w, f.Name)))
            .ToList();
        if (
            wanted.FirstOrDefault(w => !faults.Any(f => FileSystemName.MatchesSimpleExpression(w, f.Name))) is
            { } unknown
        )
        {
            Console.Error.WriteLine($"chaos: --kind {unknown}: there is no such fault (--list prints all)");
            return 2;
        }
        if (parsed.GetValue(list))
        {
            FaultList.Write(Console.Out, faults);
            return 0;
        }
        await using var lab = await Lab.StartAsync(
            parsed.GetValue(program)!,
            Path.Combine(Repository.Root, "guest-images")
        );
        await lab.UsualAsync(Lab.Host);
        double most = parsed.GetValue(minutes);
        var tallies = await new Suite(lab, parsed.GetValue(seed), Console.Error).RunAsync(
            faults,
            parsed.GetValue(times),
            double.IsFinite(most) ? TimeSpan.FromMinutes(most) : TimeSpan.MaxValue,
            cancel
        );
        if (parsed.GetValue(json))
            TallyTable.WriteJson(Console.Out, tallies);
        else
            TallyTable.Write(Console.Out, tallies);
        return tallies.Any(t => t.Wrong > 0) ? 1 : 0;
    }
);

// The injection that is under way is finished, and the table printed.
return await command
    .Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(5) });
