using System.CommandLine;
using System.Globalization;
using Harness.Cases.Filter;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Findings;
using Harness.Runs.Known;

namespace Harness.Cli;

/// <summary>What verbs share: the console, the actions behind them, and common options.</summary>
internal sealed record VerbContext(
    HarnessConsole Console,
    HarnessActions Actions,
    Option<string?> Config,
    string CommandLine
)
{
    public static Option<string?> Db() =>
        new("--db")
        {
            Description = "The database of results; by default results.db beside harness.json.",
            HelpName = "FILE",
        };

    public static Option<string[]> Dbs() =>
        new("--db")
        {
            Description =
                "A database of results, may be given several times; by default results.db beside harness.json.",
            HelpName = "FILE",
        };

    public static Option<string?> Filter()
    {
        var filter = new Option<string?>("--filter")
        {
            Description =
                "Only cases that fit: key=value, key!=value, key~glob, joined by & | ! and parentheses; "
                + "or the beginning of an id, a part of a key, a glob. "
                + "'harness cases --attributes' lists the keys and their values.",
            HelpName = "EXPR",
        };
        filter.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && string.IsNullOrWhiteSpace(text))
                result.AddError("--filter: it is empty; '*' is every case");
        });
        return filter;
    }

    public static Option<bool> Json() => new("--json") { Description = "JSON lines on stdout instead of text." };

    public static Option<int?> Jobs() =>
        Number("--jobs", "QEMU hosts at once; otherwise one a processor, as far as memory allows.", 1, 1000);

    public static Option<int?> Workers() =>
        Number(
            "--workers",
            "Cases that run side by side on a host; otherwise as many as it has processors, up to 4. A case that needs the host alone gets it.",
            1,
            64
        );

    public static Option<int?> Limit(string description) => Number("--limit", description, 1, 1_000_000);

    public static Option<int?> Number(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= least
                && number <= most
            )
                return number;
            result.AddError($"{name}: '{text}' is no number from {least} to {most}");
            return null;
        };
        return option;
    }

    public static Option<bool> Cold() =>
        new("--cold")
        {
            Description =
                "Boot QEMU hosts. Otherwise one that booted once is saved, and restored from then on (harness images list).",
        };

    public static Option<string?> Wait()
    {
        var wait = new Option<string?>("--wait")
        {
            Description =
                "How long to wait for a lab host that is in use: 90s, 10m, 2h. Default: not at all; its cases are infrastructure.",
            HelpName = "TIME",
        };
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Duration.Parse(text) is null)
                result.AddError($"--wait: '{text}' is no time (allowed: 90s, 10m, 2h)");
        });
        return wait;
    }

    /// <summary>The value of <see cref="Wait"/>, which has been validated; zero if it was not given.</summary>
    public static TimeSpan WaitOf(string? text) => text is null ? TimeSpan.Zero : Duration.Parse(text)!.Value;

    public HarnessConfiguration Load(ParseResult parsed) =>
        ConfigurationFile.Load(
            FileOf(parsed)
                ?? throw new UsageException(
                    $"there is no {ConfigurationFile.Name} in {Console.Directory} or above it: write one with {Hint.Program} init, or give one with --config"
                )
        );

    /// <summary>
    /// The entries of known-differences.json beside the configuration; empty if there is no such file.
    /// </summary>
    public IReadOnlyList<KnownDifference> Known(ParseResult parsed)
    {
        string? directory = FileOf(parsed) is { } file
            ? Path.GetDirectoryName(Path.GetFullPath(file, Console.Directory))
            : null;
        string path = Path.Combine(directory ?? Console.Directory, KnownDifferencesFile.Name);
        return File.Exists(path) ? KnownDifferences.Of(KnownDifferencesFile.Load(path), path) : [];
    }

    /// <summary>
    /// The findings beside the configuration, or else beside the repository's, or else those that the program carries.
    /// </summary>
    public IReadOnlyList<Finding> Findings(ParseResult parsed)
    {
        string?[] beside =
        [
            FileOf(parsed) is { } file ? Path.GetFullPath(file, Console.Directory) : null,
            Installation.ConfigurationFile,
        ];
        return
            beside
                .OfType<string>()
                .Select(path => Path.Combine(Path.GetDirectoryName(path)!, FindingFiles.Folder))
                .FirstOrDefault(Directory.Exists)
                is { } folder
            ? FindingFiles.Load(folder)
            : FindingFiles.Carried();
    }

    public string DbOf(ParseResult parsed, Option<string?> db) =>
        parsed.GetValue(db) is { } given ? Path.GetFullPath(given, Console.Directory) : UsualDb(parsed);

    /// <summary>The files of <see cref="Dbs"/>, each once.</summary>
    public IReadOnlyList<string> DbsOf(ParseResult parsed, Option<string[]> dbs) =>
        parsed.GetValue(dbs) is { Length: > 0 } given
            ? [.. given.Select(file => Path.GetFullPath(file, Console.Directory)).Distinct()]
            : [UsualDb(parsed)];

    private string UsualDb(ParseResult parsed) =>
        Path.Combine(
            FileOf(parsed) is { } file
                ? Path.GetDirectoryName(Path.GetFullPath(file, Console.Directory))!
                : Console.Directory,
            "results.db"
        );

    /// <summary>A target by name; an error lists those that exist.</summary>
    public static NamedTarget Target(HarnessConfiguration configuration, string name) =>
        configuration.Find(name) is { } found
            ? new NamedTarget(found.Name, found.Target)
            : throw new UsageException(
                $"unknown target '{name}'{NearestWord.Hint(name, configuration.Targets.Keys)} (allowed: {string.Join(", ", configuration.Targets.Keys)}"
                    + (
                        configuration.Cpus.Count > 0
                            ? $"; or TRACK/CPU/MODE with a CPU of {string.Join(", ", configuration.Cpus.Keys)})"
                            : ")"
                    )
            );

    /// <summary>A suite by name; an error lists those that exist.</summary>
    public static SuiteConfiguration Suite(HarnessConfiguration configuration, string name) =>
        configuration.Suites.TryGetValue(name, out var suite)
            ? suite
            : throw new UsageException(
                $"unknown suite '{name}'{NearestWord.Hint(name, configuration.Suites.Keys)} (allowed: {string.Join(", ", configuration.Suites.Keys)})"
            );

    /// <summary>A suite of hosts that run cases separately.</summary>
    public static SuiteConfiguration SuiteToRun(HarnessConfiguration configuration, string name) =>
        Suite(configuration, name) is { Pairs: false } suite
            ? suite
            : throw new UsageException(
                $"suite '{name}' moves VMs between its hosts: {Hint.Program} migrate --suite {name}"
            );

    /// <summary>A suite of hosts between which VMs migrate.</summary>
    public static SuiteConfiguration SuiteToMigrate(HarnessConfiguration configuration, string name) =>
        Suite(configuration, name) is { Pairs: true } suite
            ? suite
            : throw new UsageException(
                $"suite '{name}' runs cases on each host alone: {Hint.Program} run --suite {name} (or set \"pairs\": true there)"
            );

    private string? FileOf(ParseResult parsed) =>
        parsed.GetValue(Config) is { } given
            ? Path.GetFullPath(given, Console.Directory)
            : ConfigurationFile.Find(Console.Directory) ?? Installation.ConfigurationFile;
}
