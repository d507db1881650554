namespace Harness.Store.Keeping;

/// <summary>The result of merging one run of a file.</summary>
/// <param name="File">Its file.</param>
/// <param name="Run">Its id.</param>
/// <param name="Result">One of <see cref="MergeResults"/>.</param>
/// <param name="Hosts">How many it has.</param>
/// <param name="Results">How many it has.</param>
public sealed record MergedRun(string File, string Run, string Result, int Hosts, int Results)
{
    /// <summary>For a shard: the run that it is a part of now, which may be itself; else null.</summary>
    public string? Into { get; init; }

    /// <summary>Why it was not taken, or not merged with other shards; or null.</summary>
    public string? Why { get; init; }
}

/// <summary>The words of <see cref="MergedRun.Result"/>.</summary>
public static class MergeResults
{
    public const string Taken = "taken";

    /// <summary>It was already there, with the same content.</summary>
    public const string Same = "same";

    /// <summary>It is in progress, or was killed: not merged, since the copy would never be finished.</summary>
    public const string Running = "running";

    /// <summary>A shard that was executed again later: not merged.</summary>
    public const string Replaced = "replaced";

    /// <summary>A shard that can't be merged with the others: it is a run of its own.</summary>
    public const string Apart = "apart";
}
