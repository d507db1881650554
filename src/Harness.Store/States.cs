namespace Harness.Store;

/// <summary>The words of the columns <c>run.state</c> and <c>host.state</c>.</summary>
public static class States
{
    /// <summary>Nothing has been done yet.</summary>
    public const string Planned = "planned";

    public const string Running = "running";

    /// <summary>Every planned case has its verdict.</summary>
    public const string Finished = "finished";

    /// <summary>The user stopped it; the cases without a verdict remain planned.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>An infrastructure problem ended it.</summary>
    public const string Failed = "failed";

    public static IReadOnlyList<string> All { get; } = [Planned, Running, Finished, Interrupted, Failed];
}
