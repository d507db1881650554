namespace Harness.Runs.KernelLogs;

/// <summary>A report that a kernel wrote to its log: that something went wrong in it.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">
/// One line that is the same whenever the same happens: without addresses, offsets, process ids and numbers of CPUs.
/// </param>
/// <param name="Function">The function in the title; null where the log names none.</param>
/// <param name="Cause">Where to look first.</param>
/// <param name="Lines">Its lines, without time stamps, and without lines of other tasks in between.</param>
public sealed record KernelReport(
    KernelReportKind Kind,
    string Title,
    string? Function,
    KernelReportCause Cause,
    IReadOnlyList<string> Lines
)
{
    /// <summary>The thread that ran when it was written; null where the report names none.</summary>
    public int? Pid { get; init; }

    /// <summary>The probe's worker that the thread is of; null where the report doesn't name one.</summary>
    public int? Worker { get; init; }

    /// <summary>The kernel panicked: nothing ran on that host afterwards.</summary>
    public bool IsPanic { get; init; }
}

/// <summary>Where a report leads to first.</summary>
public enum KernelReportCause
{
    /// <summary>The kernel's own trouble.</summary>
    Kernel,

    /// <summary>Something took too long: the kernel's trouble, or a machine without CPU time for it.</summary>
    Starvation,

    /// <summary>The machine's: no memory, a hardware error, no root file system.</summary>
    Machine,

    /// <summary>It was requested: by SysRq, or by the end of init.</summary>
    Request,
}
