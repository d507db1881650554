namespace Harness.Runs.Peers;

/// <summary>How a program ended, before it is compared with cases.</summary>
/// <param name="Outcome">One of <see cref="Store.PeerStates"/>.</param>
/// <param name="Reason">Why, in one line; null if it passed.</param>
public sealed record PeerEnding(string Outcome, string? Reason)
{
    /// <summary>Where the source has it; null if it was not started.</summary>
    public string? Program { get; init; }

    /// <summary>Null if it was not started, or a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The end of what it printed.</summary>
    public string? Output { get; init; }

    /// <summary>What the kernel reported meanwhile of its own trouble: titles, each once.</summary>
    public IReadOnlyList<string> KernelReports { get; init; } = [];

    public TimeSpan Duration { get; init; }
}
