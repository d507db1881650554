using System.Globalization;

namespace Harness.Protocol;

/// <summary>
/// The name of each thread of a probe's worker ("stage2-143", at most 15 characters): the kernel's log has the thread's
/// own id, and with the name also the worker's.
/// </summary>
public static class WorkerName
{
    private const string Prefix = "stage2-";

    /// <param name="pid">The worker's process id.</param>
    public static string Of(int pid) => Prefix + pid.ToString(CultureInfo.InvariantCulture);

    /// <returns>The worker's process id; null if the name is no worker's.</returns>
    public static int? Pid(ReadOnlySpan<char> name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            ? pid
            : null;
}
