using System.CommandLine;
using Harness.Store;

namespace Harness.Cli;

/// <summary>What makes a run fail in addition to its verdicts: the option --fail-on of run and report.</summary>
internal static class FailOn
{
    public const string Property = "property";

    public static Option<string?> Create()
    {
        var option = new Option<string?>("--fail-on")
        {
            Description =
                $"'{Property}': the exit code is 1 if a safety property was broken, also where everything matches.",
            HelpName = "WHAT",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } what && what != Property)
                result.AddError($"--fail-on: '{what}' is unknown (allowed: {Property})");
        });
        return option;
    }

    /// <param name="what">The value of the option; null if it was not given.</param>
    /// <param name="code">The exit code by the run's verdicts.</param>
    public static int Code(string? what, int code, ResultStore store, RunSummary run) =>
        what is null || store.BrokenProperties(run.Run.Id).Cases == 0
            ? code
            : RunExit.Precedence.First(c => c == code || c == ExitCodes.Mismatch);
}
