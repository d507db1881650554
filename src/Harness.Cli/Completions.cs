using System.CommandLine;
using System.CommandLine.Completions;
using Harness.Cases;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Model.Ownership.Machines;
using Harness.Model.Policies;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli;

/// <summary>
/// What the shell proposes for the values of options and arguments, by their names. Commands and options themselves are
/// known to the parser.
/// </summary>
internal sealed class Completions(VerbContext context)
{
    private const string Directive = "[suggest";

    /// <summary>How many of the newest runs are proposed.</summary>
    private const int Runs = 20;

    /// <summary>Whether a command line asks for proposals: they are prepared only then.</summary>
    public static bool AreWanted(IReadOnlyList<string> args) =>
        args is [var first, ..] && first.StartsWith(Directive, StringComparison.Ordinal);

    public void Install(Command command)
    {
        foreach (var option in command.Options)
            if (Of(option.Name, command) is { } words)
                option.CompletionSources.Add(c => Words(words, c));
        foreach (var argument in command.Arguments)
            if (Of(argument.Name, command) is { } words)
                argument.CompletionSources.Add(c => Words(words, c));
        foreach (var part in command.Subcommands)
            Install(part);
    }

    private Func<ParseResult, string, IEnumerable<string>>? Of(string name, Command command) =>
        name switch
        {
            "--suite" => (parsed, _) => context.Load(parsed).Suites.Keys,
            "--target" or "--from" or "--to" or "T" or "TARGET" => (parsed, _) => context.Load(parsed).Targets.Keys,
            "--cpu" => (parsed, _) => context.Load(parsed).Cpus.Keys,
            "--policy" => (_, _) => Policies,
            "--format" => (_, _) => ExportAction.Formats,
            "--state" => (_, _) => RunStanding.All,
            "--system" => (_, _) => Systems.All.Select(s => s.Name),
            "--on" => (_, _) => ExplainHosts.Words,
            "--filter" => (_, word) => FilterWords(word),
            "A" or "B" when command.Name == "diff-policies" => (_, _) => Policies,
            "RUN" or "--run" or "--resume" or "A" or "B" => (parsed, _) => RunNames(parsed),
            _ => null,
        };

    private static IEnumerable<string> Policies => PolicyCatalog.All.Select(p => p.Name);

    /// <summary>
    /// Of the last term "provider=" for a beginning of it, and "provider=vfio" for what follows the sign.
    /// </summary>
    private static IEnumerable<string> FilterWords(string word)
    {
        int start = word.LastIndexOfAny(['&', '|', '!', '(', ' ']) + 1;
        string before = word[..start];
        int sign = word.IndexOf('=', start);
        if (sign < 0)
            return AllCases.FilterKeys.Select(k => $"{before}{k.Name}=");
        string name = word[start..sign];
        return AllCases.FilterKeys.FirstOrDefault(k => k.Has(name))?.Values?.Select(v => $"{before}{name}={v}") ?? [];
    }

    private IEnumerable<string> RunNames(ParseResult parsed)
    {
        var db = parsed.CommandResult.Command.Options.OfType<Option<string?>>().FirstOrDefault(o => o.Name == "--db");
        string[] names = [StoredRuns.Last, StoredRuns.Previous];
        return db is not null && context.DbOf(parsed, db) is var path && File.Exists(path)
            ? names.Concat(ResultStore.Open(path).Runs(_ => true, Runs).Runs.Select(r => r.Run.Id))
            : names;
    }

    /// <summary>Nothing is proposed where the configuration or the database can't be read.</summary>
    private static IEnumerable<CompletionItem> Words(
        Func<ParseResult, string, IEnumerable<string>> words,
        CompletionContext at
    )
    {
        try
        {
            return
            [
                .. words(at.ParseResult, at.WordToComplete)
                    .Where(w => w.StartsWith(at.WordToComplete, StringComparison.Ordinal))
                    .Select(w => new CompletionItem(w)),
            ];
        }
        catch (Exception e) when (e is UsageException or ConfigurationException or StoreException)
        {
            return [];
        }
    }
}
