using Harness.Cases.Filter;
using Harness.Cli.Configuration;
using Harness.Findings;
using Harness.Images;
using Harness.Processes;
using Harness.Runs.Dispatch;
using Harness.Runs.Resuming;
using Harness.Store;
using Harness.Targets;

namespace Harness.Cli;

/// <summary>Handles every error: prints one line for the user, and returns the exit code of its kind.</summary>
internal static class ErrorHandler
{
    /// <summary>If set to 1, errors are printed with all details.</summary>
    private const string DebugVariable = "HARNESS_DEBUG";

    public static int Report(Exception error, HarnessConsole console)
    {
        error = Only(error);
        int code = CodeOf(error);
        foreach (string line in Lines(error, code))
            console.Complain(line);
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1")
        {
            if (error is TargetException { Details: { } details })
                console.Error.WriteLine(Reports.Printable.Of(details, keepLines: true));
            console.Error.WriteLine(Reports.Printable.Of(error.ToString(), keepLines: true));
        }
        return code;
    }

    /// <summary>The inner error of one that only wraps another.</summary>
    internal static Exception Only(Exception error) =>
        error is AggregateException { InnerExceptions: [var only] } ? only : error;

    internal static int CodeOf(Exception error) =>
        error switch
        {
            OperationCanceledException => ExitCodes.Interrupted,
            StoreFullException => ExitCodes.Infrastructure,
            UsageException
            or ConfigurationException
            or FindingException
            or FilterException
            or StoreException
            or UnknownTrackException
            or LocalKernelException
            or ResumeException => ExitCodes.Usage,
            TargetException { IsBeforeUse: true } => ExitCodes.Usage,
            TargetException
            or HostUnavailableException
            or ImageException
            or ProgramNotFoundException
            or ProcessFailedException
            or ProcessTimeoutException => ExitCodes.Infrastructure,
            IOException or UnauthorizedAccessException => ExitCodes.Infrastructure,
            _ => ExitCodes.Internal,
        };

    private static string[] Lines(Exception error, int code) =>
        code switch
        {
            ExitCodes.Interrupted => ["interrupted"],
            ExitCodes.Internal =>
            [
                $"internal error, please report: {error.GetType().Name}: {error.Message} ({DebugVariable}=1 shows where)",
            ],
            _ => error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries),
        };
}
