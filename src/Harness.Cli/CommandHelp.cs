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
            int code = standard.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var command = parseResult.CommandResult.Command;
            if (s_examples.TryGetValue(command, out string[]? examples))
            {
                output.WriteLine("Examples:");
                foreach (string example in examples)
                    output.WriteLine($"  harness {example}");
                output.WriteLine();
            }
            output.WriteLine("Exit codes:");
            foreach (var (value, meaning) in ExitCodes.All)
                output.WriteLine($"  {value, 3}  {meaning}");
            output.WriteLine(ExitCodes.Precedence);
            return code;
        }
    }
}
