using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class TimelineVerb
{
    private const string DefaultSuite = "nightly";

    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("CASE") { Description = CasesAction.Words };
        var run = new Option<bool>("--run")
        {
            Description = "First run the case on the kernels of a suite, and store what they do.",
        };
        var suite = new Option<string?>("--suite")
        {
            Description = $"The suite with the hosts for --run; by default '{DefaultSuite}'.",
            HelpName = "S",
        };
        var jobs = VerbContext.Jobs();
        var db = VerbContext.Db();
        var json = VerbContext.Json();
        var command = new Command(
            "timeline",
            "Shows what each kernel release decides about a case, with and without FWB and DIC, and what kernels were observed to do."
        )
        {
            what,
            run,
            suite,
            jobs,
            db,
            json,
        }.WithExamples(
            "timeline f247a6ff73a2                        # the model's predictions, with results.db's observations",
            "timeline f247a6ff73a2 --run --suite cover    # and run it on the kernels now"
        );
        command.SetAction(
            (parsed, cancel) =>
            {
                IReadOnlyList<NamedTarget>? hosts = null;
                if (parsed.GetValue(run))
                {
                    var configuration = context.Load(parsed);
                    hosts =
                    [
                        .. configuration
                            .HostsOf(VerbContext.Suite(configuration, parsed.GetValue(suite) ?? DefaultSuite))
                            .Select(h => new NamedTarget(h.Name, h.Target)),
                    ];
                }
                return context.Actions.Timeline(
                    new TimelineRequest(
                        parsed.GetValue(what)!,
                        hosts,
                        context.DbOf(parsed, db),
                        parsed.GetValue(json),
                        context.CommandLine
                    )
                    {
                        Jobs = parsed.GetValue(jobs),
                    },
                    context.Console,
                    cancel
                );
            }
        );
        return command;
    }
}
