namespace Harness.Store.Keeping;

/// <summary>What became of a run of a file that was merged.</summary>
/// <param name="File">The file it comes from.</param>
/// <param name="Run">Its id.</param>
/// <param name="Result">One of <see cref="MergeResults"/>.</param>
/// <param name="Hosts">How many it has.</param>
/// <param name="Results">How many it has.</param>
public sealed record MergedRun(string File, string Run, string Result, int Hosts, int Results);

/// <summary>The words of <see cref="MergedRun.Result"/>.</summary>
public static class MergeResults
{
    public const string Taken = "taken";

    /// <summary>It was there already, with the same content.</summary>
    public const string Same = "same";

    /// <summary>It is in progress, or was killed: not taken, since nobody would ever finish the copy.</summary>
    public const string Running = "running";
}
