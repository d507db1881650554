using Harness.Store;

namespace Harness.Runs.Resuming;

/// <summary>
/// The state of a run now. A harness that is killed can't store that: its run stays in state running, and the stored
/// process shows that it ended.
/// </summary>
/// <param name="State">A word of <see cref="All"/>.</param>
/// <param name="Reason">Why, or what is not known; null if there is nothing to say.</param>
public sealed record RunStanding(string State, string? Reason)
{
    /// <summary>Its process ended without finishing it.</summary>
    public const string Died = "died";

    public static IReadOnlyList<string> All { get; } =
    [States.Planned, States.Running, States.Finished, States.Interrupted, States.Failed, Died];

    public static RunStanding Of(RunSummary run)
    {
        if (run.State is not (States.Running or States.Planned))
            return new RunStanding(run.State, run.Reason);
        if (Executor.Read(run.Run.Executor) is not { } executor)
            return new RunStanding(run.State, "which process executes it is not stored: it may have ended");
        return executor.State switch
        {
            ExecutorState.Runs => new RunStanding(run.State, $"by {executor}"),
            ExecutorState.Ended => new RunStanding(Died, $"{executor} ended without finishing it"),
            _ => new RunStanding(run.State, $"by {executor}, which can't be seen from here: it may have ended"),
        };
    }
}
