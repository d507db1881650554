using System.CommandLine;
using System.CommandLine.Invocation;
using Harness.Cli.Verbs;
using Harness.Processes;

namespace Harness.Cli;

/// <summary>The command line, from its arguments to its exit code.</summary>
public static class HarnessCommand
{
    /// <summary>Time to stop machines and close the database after Ctrl+C; then the process ends anyway.</summary>
    internal static TimeSpan TerminationTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <returns>
    /// One of <see cref="ExitCodes"/>, or if requested, of <see cref="GitBisectCodes"/>. Never throws.
    /// </returns>
    public static async Task<int> InvokeAsync(
        IReadOnlyList<string> args,
        HarnessConsole console,
        HarnessActions actions,
        CancellationToken cancel = default
    )
    {
        bool forGit = GitBisectCodes.AreAsked(args);
        int CodeOf(int code) => forGit ? GitBisectCodes.Of(code) : code;
        try
        {
            var parsed = Root(console, actions, args).Parse(args);
            if (ParseFault.Of(parsed).ToList() is { Count: > 0 } faults)
            {
                faults.ForEach(console.Complain);
                return CodeOf(ExitCodes.Usage);
            }
            return CodeOf(
                await parsed
                    .InvokeAsync(
                        new InvocationConfiguration
                        {
                            Output = console.Out,
                            Error = console.Error,
                            EnableDefaultExceptionHandler = false,
                            ProcessTerminationTimeout = TerminationTimeout,
                        },
                        cancel
                    )
                    .ConfigureAwait(false)
            );
        }
        catch (Exception e)
        {
            int code = ErrorHandler.Report(e, console);
            return forGit ? GitBisectCodes.Of(ErrorHandler.Only(e)) : code;
        }
    }

    /// <summary>What is wrong with a command line, without executing it.</summary>
    internal static IReadOnlyList<string> FaultsOf(
        IReadOnlyList<string> args,
        HarnessConsole console,
        HarnessActions actions
    ) => [.. ParseFault.Of(Root(console, actions, args).Parse(args))];

    private static RootCommand Root(HarnessConsole console, HarnessActions actions, IReadOnlyList<string> args)
    {
        var config = new Option<string?>("--config")
        {
            Description =
                "The configuration; by default harness.json in this directory or the nearest parent that has one.",
            HelpName = "FILE",
            Recursive = true,
        };
        // As a user would type it, for the record of a run.
        var context = new VerbContext(console, actions, config, ShellQuote.Join(["harness", .. args]));
        var root = new RootCommand(
            "Checks what KVM on arm64 decides about stage-2 memory attributes against an executable model."
        )
        {
            config,
            InitVerb.Create(context),
            RunVerb.Create(context),
            MigrateVerb.Create(context),
            CasesVerb.Create(context),
            ExplainVerb.Create(context),
            ReproVerb.Create(context),
            EvidenceVerb.Create(context),
            TimelineVerb.Create(context),
            BisectVerb.Create(context),
            ExploreVerb.Create(context),
            PoliciesVerb.Create(context),
            SystemsVerb.Create(context),
            DiffPoliciesVerb.Create(context),
            AuditVerb.Create(context),
            CoverageVerb.Create(context),
            IdentifyVerb.Create(context),
            FindingsVerb.Create(context),
            PeersVerb.Create(context),
            TargetsVerb.Create(context),
            ImagesVerb.Create(context),
            DbVerb.Create(context),
            RunsVerb.Create(context),
            ShowVerb.Create(context),
            ReportVerb.Create(context),
            CompareVerb.Create(context),
            ServeVerb.Create(context),
            SiteVerb.Create(context),
            ExportVerb.Create(context),
            CompletionVerb.Create(context),
        };
        if (Completions.AreWanted(args))
            new Completions(context).Install(root);
        CommandHelp.Install(root);
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        /// <summary>--version is used without a verb.</summary>
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(BuildVersion.Text);
            return ExitCodes.Ok;
        }
    }
}
