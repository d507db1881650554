namespace Harness.Store;

/// <summary>What a host's kernel reported in its log while a case ran.</summary>
/// <param name="Title">The same whenever the same happens: runs are compared by it.</param>
/// <param name="Kind">"warning", "bad-access", ...</param>
/// <param name="Cause">One of <see cref="KernelReportCauses"/>.</param>
/// <param name="Times">How many times, over all attempts.</param>
public sealed record KernelReportRecord(string Title, string Kind, string Cause, int Times);

/// <summary>The words of the column <c>kernel_report.cause</c>: where to look first.</summary>
public static class KernelReportCauses
{
    /// <summary>The kernel's own trouble.</summary>
    public const string Kernel = "kernel";

    /// <summary>Something took too long: the kernel's trouble, or a machine without CPU time for it.</summary>
    public const string Starvation = "starvation";

    /// <summary>The machine's: no memory, a hardware error.</summary>
    public const string Machine = "machine";

    /// <summary>It was requested, by SysRq or by the end of init.</summary>
    public const string Request = "request";
}

/// <summary>The reports of a run's kernels with one title, and when it was first seen in the file.</summary>
/// <param name="Results">How many results of the run have it.</param>
/// <param name="Targets">The run's hosts and pairs that have it.</param>
/// <param name="Cases">A few of its cases.</param>
/// <param name="EarlierRuns">How many runs that began earlier have it.</param>
/// <param name="FirstSeenUtc">When the first of them began; null if this run is the first.</param>
public sealed record KernelReportCount(
    string Title,
    string Kind,
    string Cause,
    int Results,
    IReadOnlyList<string> Targets,
    IReadOnlyList<string> Cases,
    int EarlierRuns,
    DateTimeOffset? FirstSeenUtc
);
