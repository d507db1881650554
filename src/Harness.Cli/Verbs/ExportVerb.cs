using System.CommandLine;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Reports.Exports;

namespace Harness.Cli.Verbs;

internal static class ExportVerb
{
    private const string DefaultOrigin = "stage2_harness";

    public static Command Create(VerbContext context)
    {
        var run = new Argument<string>("RUN")
        {
            Description = $"The run: {StoredRuns.Words}; last by default.",
            DefaultValueFactory = _ => StoredRuns.Last,
        };
        var format = new Option<string>("--format")
        {
            Description = $"One of {string.Join(", ", ExportAction.Formats)}.",
            HelpName = "FORMAT",
            Required = true,
        };
        format.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !ExportAction.Formats.Contains(name))
                result.AddError(
                    $"--format: unknown format '{name}'{NearestWord.Hint(name, ExportAction.Formats)} (allowed: {string.Join(", ", ExportAction.Formats)})"
                );
        });
        var output = new Option<string?>("--output")
        {
            Description = "The output file, written completely or not at all; by default stdout.",
            HelpName = "FILE",
        };
        var origin = new Option<string?>("--origin")
        {
            Description = $"For kcidb only: the submitter; by default {DefaultOrigin}.",
            HelpName = "NAME",
        };
        origin.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && !KcidbExport.IsOrigin(name))
                result.AddError(
                    $"--origin: '{name}' is not a valid origin (allowed: small letters, digits and underscores)"
                );
        });
        var db = VerbContext.Db();
        var command = new Command(
            "export",
            "Prints a stored run in a format that other programs read: JUnit XML, KTAP, KernelCI's kcidb v5 JSON, CSV "
                + "(docs/exports.md lists the result of each verdict). The exit code is 0 for any verdicts."
        )
        {
            run,
            format,
            output,
            origin,
            db,
        }.WithExamples(
            "export --format junit --output results.xml",
            "export 2026-11-21 --format ktap --db nightly.db",
            "export --format kcidb --origin mylab | kcidb-submit -p kernelci-production -t kcidb",
            "export --format csv --output run.csv"
        );
        command.SetAction(
            (parsed, _) =>
            {
                if (parsed.GetValue(origin) is not null && parsed.GetValue(format) != "kcidb")
                    throw new UsageException("--origin is for --format kcidb alone");
                return Task.FromResult(
                    ExportAction.Execute(
                        parsed.GetValue(run)!,
                        parsed.GetValue(format)!,
                        parsed.GetValue(origin) ?? DefaultOrigin,
                        parsed.GetValue(output) is { } file ? Path.GetFullPath(file, context.Console.Directory) : null,
                        context.DbOf(parsed, db),
                        context.Console
                    )
                );
            }
        );
        return command;
    }
}
