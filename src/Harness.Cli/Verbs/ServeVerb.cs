using System.CommandLine;
using System.Net;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class ServeVerb
{
    public static Command Create(VerbContext context)
    {
        var dbs = VerbContext.Dbs();
        var listen = new Option<IPEndPoint>("--listen")
        {
            Description =
                $"Where to listen: an address and a port, or one of them; otherwise {ServeAction.Usual}, which only this machine reaches. Anybody who reaches the address can read the results.",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = _ => ServeAction.Usual,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (ServeAction.Parse(text) is { } address)
                    return address;
                result.AddError(
                    $"--listen: '{text}' is no address of a machine with a port (allowed: 8080, 0.0.0.0, 192.0.2.1:8080, [::1]:8080)"
                );
                return null;
            },
        };
        var command = new Command(
            "serve",
            "Shows databases of results in a browser: all runs, each host by night, every case, rule, kernel and finding, "
                + "any two runs compared, and the progress of a run that is going on. Only reads. Ctrl+C ends it."
        )
        {
            dbs,
            listen,
        }.WithExamples(
            "serve",
            "serve --db nightly.db --db lab.db --listen 8080",
            "serve --db nightly.db --listen 0.0.0.0:8080   # for everybody in the network"
        );
        command.SetAction(
            (parsed, cancel) =>
                ServeAction.ExecuteAsync(context.DbsOf(parsed, dbs), parsed.GetValue(listen)!, context.Console, cancel)
        );
        return command;
    }
}
