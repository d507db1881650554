using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;

namespace Harness.Cli;

/// <summary>Help with examples and exit codes below what System.CommandLine prints.</summary>
internal static partial class CommandHelp
{
    [GeneratedRegex(@"[.:;] |, with | \(")]
    private static partial Regex FirstDetail();

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Command, string[]> s_examples = [];

    /// <summary>Sets the examples of a command, each "arguments   # what it does".</summary>
    public static T WithExamples<T>(this T command, params string[] examples)
        where T : Command
    {
        s_examples.Add(command, examples);
        return command;
    }

    public static void Install(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        // Those of Windows look like paths to a shell that completes.
        help.Aliases.Remove("/h");
        help.Aliases.Remove("/?");
        help.Action = new WithMore((SynchronousCommandLineAction)help.Action!);
    }

    /// <summary>"harness images build".</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent
            ? $"{PathOf(parent)} {command.Name}"
            : "harness";

    private sealed class WithMore(SynchronousCommandLineAction standard) : SynchronousCommandLineAction
    {
        /// <summary>Help doesn't require the arguments.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var output = parseResult.InvocationConfiguration.Output;
            var command = parseResult.CommandResult.Command;
            int code = command is RootCommand ? Grouped(parseResult, output) : standard.Invoke(parseResult);
            if (s_examples.TryGetValue(command, out string[]? examples))
            {
                output.WriteLine("Examples:");
                foreach (string example in examples)
                    output.WriteLine($"  harness {example}");
                output.WriteLine();
            }
            string verb = PathOf(command)["harness".Length..].TrimStart();
            output.WriteLine("Exit codes:");
            foreach (var (value, meaning) in VerbExitCodes.Of(verb))
                output.WriteLine($"  {value, 3}  {meaning}");
            if (VerbExitCodes.PrecedenceOf(verb) is { } rule)
                output.WriteLine(rule);
            if (command is RootCommand)
                output.WriteLine(
                    $"{Environment.NewLine}{Hint.Program} COMMAND --help has options, examples and exit codes."
                );
            return code;
        }

        /// <summary>The standard help up to the commands, which follow in groups, each in one sentence.</summary>
        private int Grouped(ParseResult parseResult, TextWriter output)
        {
            const string Heading = "Commands:";
            using var whole = new StringWriter { NewLine = output.NewLine };
            parseResult.InvocationConfiguration.Output = whole;
            int code = standard.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            output.Write(whole.ToString().Split(Heading, 2)[0]);
            var verbs = parseResult.RootCommandResult.Command.Subcommands.ToDictionary(c => c.Name);
            int width = verbs.Keys.Max(v => v.Length);
            foreach (var (title, names) in VerbGroups.All)
            {
                output.WriteLine($"{title}:");
                foreach (string name in names)
                    output.WriteLine($"  {name.PadRight(width)}  {FirstSentence(verbs[name].Description ?? "")}");
                output.WriteLine();
            }
            return code;
        }

        /// <summary>Up to the first detail.</summary>
        private static string FirstSentence(string text) => FirstDetail().Split(text, 2)[0].TrimEnd('.');
    }
}
