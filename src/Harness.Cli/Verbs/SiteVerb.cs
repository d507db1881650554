using System.CommandLine;
using Harness.Cli.Actions;

namespace Harness.Cli.Verbs;

internal static class SiteVerb
{
    public static Command Create(VerbContext context)
    {
        var directory = new Argument<string>("DIR")
        {
            Description = "A directory that is new, empty, or has an earlier site, which is replaced.",
        };
        var dbs = VerbContext.Dbs();
        var all = new Option<bool>("--all-cases")
        {
            Description = "A page for every case, instead of those that findings have.",
        };
        var command = new Command(
            "site",
            "Writes the pages of harness serve as files, for a web server or an artefact of a CI job. "
                + "Each run is compared with the one before; harness serve compares any two."
        )
        {
            directory,
            dbs,
            all,
        }.WithExamples("site public", "site /srv/www/stage2 --db nightly.db --all-cases");
        command.SetAction(
            (parsed, cancel) =>
                SiteAction.ExecuteAsync(
                    Path.GetFullPath(parsed.GetValue(directory)!, context.Console.Directory),
                    context.DbsOf(parsed, dbs),
                    parsed.GetValue(all),
                    context.Console,
                    cancel
                )
        );
        return command;
    }
}
