using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Harness.Cli;

/// <summary>Help with examples and exit codes below what System.CommandLine prints.</summary>
internal static class CommandHelp
{
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

    /// <summary>"images build"; empty for the program itself.</summary>
    public static string VerbOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent
            ? $"{VerbOf(parent)} {command.Name}".TrimStart()
            : "";

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
            string verb = VerbOf(command);
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

        /// <summary>The standard help up to the commands, which follow in groups.</summary>
        private int Grouped(ParseResult parseResult, TextWriter output)
        {
            const string Heading = "Commands:";
            using var whole = new StringWriter { NewLine = output.NewLine };
            parseResult.InvocationConfiguration.Output = whole;
            int code = standard.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            output.Write(whole.ToString().Split(Heading, 2)[0]);
            int width = VerbGroups.All.SelectMany(g => g.Verbs).Max(v => v.Name.Length);
            foreach (var (title, verbs) in VerbGroups.All)
            {
                output.WriteLine($"{title}:");
                foreach (var (name, says) in verbs)
                    output.WriteLine($"  {name.PadRight(width)}  {says}");
                output.WriteLine();
            }
            return code;
        }
    }
}
