namespace Harness.Store;

/// <summary>
/// The words of the column <c>peer.outcome</c>: how a program of another test suite ended on a host. They are what that
/// suite says, and no verdict on the kernel.
/// </summary>
public static class PeerStates
{
    public const string Planned = "planned";

    /// <summary>Its exit code was 0.</summary>
    public const string Passed = "passed";

    /// <summary>Its exit code was 4: the host lacks what it tests.</summary>
    public const string Skipped = "skipped";

    /// <summary>An assertion of it did not hold, or it could not set up what it tests.</summary>
    public const string Failed = "failed";

    /// <summary>A signal ended it.</summary>
    public const string Killed = "killed";

    /// <summary>It was killed at its time limit.</summary>
    public const string Timeout = "timeout";

    /// <summary>The host or the connection was lost while it ran.</summary>
    public const string Lost = "lost";

    /// <summary>It was not started: the release has no such program, or the host was not available.</summary>
    public const string NotRun = "not-run";

    /// <summary>In the order in which summaries list them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [Passed, Failed, Killed, Timeout, Lost, Skipped, NotRun, Planned];
}

/// <summary>
/// The words of the column <c>peer.relation</c>: how the program's outcome stands to the cases that assert the same.
/// </summary>
public static class PeerRelations
{
    /// <summary>Both passed.</summary>
    public const string Same = "same";

    /// <summary>They differ, and the catalogue of peers has the reason.</summary>
    public const string Explained = "explained";

    /// <summary>They differ, and nothing explains it.</summary>
    public const string Differs = "differs";

    /// <summary>One of the two gave no answer.</summary>
    public const string NotCompared = "not-compared";
}
