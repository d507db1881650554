namespace Harness.Store;

/// <summary>A program of another test suite that is to run on a host.</summary>
/// <param name="Name">Its name in the catalogue of peers, unique on a host.</param>
/// <param name="Program">The program.</param>
/// <param name="Arguments">As a shell takes them; or empty.</param>
/// <param name="Filter">The cases that assert the same; null if there are none.</param>
public sealed record PeerPlan(string Name, string Program, string Arguments, string? Filter);

/// <summary>How it ended.</summary>
/// <param name="Name">As planned.</param>
/// <param name="Outcome">One of <see cref="PeerStates"/>, and not planned.</param>
/// <param name="Reason">Why, in one line; null if it passed.</param>
/// <param name="Relation">One of <see cref="PeerRelations"/>.</param>
/// <param name="Explanation">Why the two differ or can't be compared; null if they are the same.</param>
public sealed record PeerRecord(string Name, string Outcome, string? Reason, string Relation, string? Explanation)
{
    /// <summary>The program that was executed, if the release has it elsewhere than planned.</summary>
    public string? Program { get; init; }

    /// <summary>The package that it was compiled from, with its version; null if it was not compiled.</summary>
    public string? Source { get; init; }

    /// <summary>Null if it was not started, or a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The end of what it printed.</summary>
    public string? Output { get; init; }

    /// <summary>What the kernel reported meanwhile: titles, each once.</summary>
    public IReadOnlyList<string> KernelReports { get; init; } = [];

    /// <summary>How many of the cases that assert the same went as predicted.</summary>
    public int Agreed { get; init; }

    /// <summary>How many did not.</summary>
    public int Deviated { get; init; }

    /// <summary>How many gave no answer: skipped, or the host was lost.</summary>
    public int Unanswered { get; init; }

    public long DurationMicros { get; init; }
}

/// <summary>A program of another test suite on a host of a stored run.</summary>
/// <param name="Host">As in <see cref="HostSummary.Id"/>.</param>
/// <param name="Target">The host's name.</param>
/// <param name="Release">Its kernel's release, if it responded.</param>
/// <param name="Plan">What was planned.</param>
/// <param name="Record">How it ended; null while it is planned.</param>
public sealed record PeerRow(long Host, string Target, string? Release, PeerPlan Plan, PeerRecord? Record);
