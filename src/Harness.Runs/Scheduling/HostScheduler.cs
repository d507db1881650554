using System.Globalization;

namespace Harness.Runs.Scheduling;

/// <summary>The resources of this machine for QEMU hosts.</summary>
/// <param name="Processors">That the harness may use.</param>
/// <param name="AvailableMiB">Memory that is free, or can be freed without swapping.</param>
public sealed record HostScheduler(int Processors, long AvailableMiB)
{
    /// <summary>Reserved for the harness, image builds and other programs.</summary>
    private const int ReserveMiB = 1024;

    /// <summary>
    /// The memory of a QEMU in addition to its guest's: its own code and TCG's translations (a GiB at most, 100 MiB
    /// measured).
    /// </summary>
    public const int MiBOfEmulator = 256;

    /// <exception cref="IOException">/proc/meminfo can't be read.</exception>
    public static HostScheduler OfThisMachine() =>
        new(Environment.ProcessorCount, Available(File.ReadLines("/proc/meminfo")));

    /// <summary>A queue with these resources.</summary>
    /// <param name="jobs">
    /// How many hosts at once; null: as many as there are processors. A guest's probe keeps one busy.
    /// </param>
    public HostQueue Queue(int? jobs) => new(jobs ?? Math.Max(1, Processors), QueueMemoryMiB);

    /// <summary>How much memory hosts may use together.</summary>
    public long QueueMemoryMiB => Math.Max(1, AvailableMiB - ReserveMiB);

    /// <summary>MemAvailable (proc(5)), in MiB.</summary>
    public static long Available(IEnumerable<string> meminfo)
    {
        const string name = "MemAvailable:";
        string line = meminfo.First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(
                line[name.Length..].Replace("kB", "", StringComparison.Ordinal),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture
            ) >> 10;
    }
}
