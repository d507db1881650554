using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Harness.Cases.Filter;

namespace Harness.Cli;

/// <summary>
/// What is wrong with a command line, in one line: what, the word that was probably meant, where help is.
/// </summary>
internal static partial class ParseFault
{
    /// <returns>Empty if nothing is wrong.</returns>
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string path = CommandHelp.VerbOf(command);
        string help = $"{Hint.Program}{(path.Length > 0 ? " " : "")}{path} --help";
        if (parsed.Errors.Count == 0 && parsed.Action != command.Action)
            return [];
        // What follows from a misspelt word, such as a missing option, is not reported.
        if (Misplaced(parsed) is { } word)
            return [$"{Unknown(word, command, path)} ({help})"];
        string[] errors = [.. parsed.Errors.Select(e => Plain(e, parsed, path)).Distinct()];
        if (NeedsVerb(parsed))
            return
            [
                $"{(path.Length > 0 ? $"{path} needs a command" : "no command is given")}: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))} ({help})",
            ];
        return errors.Select((e, i) => i < errors.Length - 1 ? e : $"{e} ({help})");
    }

    private static string Unknown(string word, Command command, string path)
    {
        string[] options = [.. Options(command)];
        if (word is ['-', not '-', ..] or ['-', '-', not '-', ..])
        {
            string name = word.Split('=', ':')[0];
            return $"{Has(path)} no option '{name}'{NearestWord.Hint(name, options)}";
        }
        if (command.Subcommands.Count > 0)
            return $"{Has(path)} no command '{word}'{NearestWord.Hint(word, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}";
        return options.Contains($"--{word}")
            ? $"{path}: '{word}' is one argument too many: did you mean '--{word}'?"
            : $"{path}: '{word}' is one argument too many";
    }

    /// <summary>
    /// The first word that has no place. An unknown option may be taken for an argument, which is then not an error for
    /// the parser.
    /// </summary>
    private static string? Misplaced(ParseResult parsed)
    {
        var written = parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).ToHashSet();
        return parsed
            .CommandResult.Command.Arguments.SelectMany(a => parsed.GetResult(a)?.Tokens ?? [])
            .FirstOrDefault(t => t.Value.StartsWith("--", StringComparison.Ordinal) && written.Contains(t))
            ?.Value
            ?? parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-'))
            ?? (parsed.UnmatchedTokens is [var first, ..] ? first : null);
    }

    private static string Has(string path) => path.Length > 0 ? $"{path} has" : "there is";

    /// <summary>The options of a command, and those of the commands above it that count here too.</summary>
    private static IEnumerable<string> Options(Command command) =>
        command
            .Options.Concat(Above(command).SelectMany(c => c.Options).Where(o => o.Recursive))
            .Where(o => !o.Hidden)
            .SelectMany(o => o.Aliases.Prepend(o.Name));

    private static IEnumerable<Command> Above(Command command) =>
        command.Parents.OfType<Command>().SelectMany(c => Above(c).Prepend(c));

    private static bool NeedsVerb(ParseResult parsed) =>
        parsed.CommandResult is { Command: { Action: null, Subcommands.Count: > 0 } };

    private static string Plain(ParseError error, ParseResult parsed, string path)
    {
        if (!error.Message.StartsWith("Required argument missing", StringComparison.Ordinal))
            return OfType().Replace(error.Message.TrimEnd('.'), "");
        if (error.SymbolResult is OptionResult { Option: var option })
            return $"{option.Name} needs a value{(option.HelpName is { } name ? $": {option.Name} {name}" : "")}";
        var missing = parsed.CommandResult.Command.Arguments.Where(a =>
            a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }
        );
        return $"{path} needs {string.Join(" and ", missing.Select(a => a.Name))}";
    }

    [GeneratedRegex(" as expected type '[^']*'")]
    private static partial Regex OfType();
}
