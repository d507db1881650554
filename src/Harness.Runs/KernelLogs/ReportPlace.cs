namespace Harness.Runs.KernelLogs;

/// <summary>Source files with a WARN() or BUG() about their callers: the title says what was done wrong.</summary>
/// <param name="File">The end of the path.</param>
/// <param name="Kind">The kind of report.</param>
/// <param name="Headline">The title without the function.</param>
/// <param name="Function">Where others in the file are not about their callers: the function.</param>
internal sealed record ReportPlace(string File, KernelReportKind Kind, string Headline, string? Function = null)
{
    private static readonly ReportPlace[] s_all =
    [
        new("lib/refcount.c", KernelReportKind.Refcount, "WARNING: refcount bug"),
        new("include/linux/refcount.h", KernelReportKind.Refcount, "WARNING: refcount bug"),
        new("include/linux/kref.h", KernelReportKind.Refcount, "WARNING: refcount bug"),
        new("lib/debugobjects.c", KernelReportKind.Warning, "WARNING: ODEBUG bug"),
        new("mm/slab_common.c", KernelReportKind.Warning, "WARNING: kmalloc bug", "kmalloc_slab"),
        new("mm/util.c", KernelReportKind.Warning, "WARNING: kmalloc bug", "kvmalloc_node"),
        new("mm/vmalloc.c", KernelReportKind.Warning, "WARNING: zero-size vmalloc"),
        new("mm/usercopy.c", KernelReportKind.Warning, "WARNING: bad usercopy"),
        new("fs/proc/generic.c", KernelReportKind.Warning, "WARNING: proc registration bug"),
        new("lib/kobject.c", KernelReportKind.Warning, "WARNING: kobject bug"),
        new("lib/list_debug.c", KernelReportKind.Corruption, "BUG: corrupted list"),
        new("kernel/locking/lockdep.c", KernelReportKind.Lockdep, "WARNING: locking bug"),
    ];

    /// <param name="path">"mm/util.c", or an absolute path of the build.</param>
    /// <param name="function">The function; empty if it is not in the line.</param>
    public static ReportPlace? Of(string path, string function) =>
        Array.Find(s_all, p =>
            (p.Function is null || function.Contains(p.Function, StringComparison.Ordinal))
            && path.EndsWith(p.File, StringComparison.Ordinal)
            && (path.Length == p.File.Length || path[^(p.File.Length + 1)] == '/')
        );
}
