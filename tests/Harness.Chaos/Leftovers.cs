using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Harness.Chaos;

/// <summary>What a harness that has ended left behind: on this machine, and on the host.</summary>
internal static partial class Leftovers
{
    /// <summary>
    /// Longer than a lock on the host outlives a lost connection, and than a probe takes to end its workers.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(75);

    private const string Files = """
        ls /sys/kernel/tracing/instances /dev/shm
        find /tmp -path '*stage2-probe-*' -o -name 'stage2*' | sort
        cat /proc/sys/vm/nr_hugepages
        """;

    /// <summary>Probes, locks, instances of tracefs, files and huge pages on a host, a line each.</summary>
    public static async Task<IReadOnlyList<string>> OnHostAsync(Guest guest)
    {
        var processes = await guest.ProcessesAsync().ConfigureAwait(false);
        return
        [
            .. processes.Select(p => p.Command).Where(c => OfHarness().IsMatch(c)),
            .. (await guest.RunAsync(Files).ConfigureAwait(false)).Split('\n'),
        ];
    }

    /// <summary>Each leftover as a line; waits until there is none, for a while.</summary>
    /// <param name="place">Of the trial.</param>
    /// <param name="lab">Its lab, if its host was used.</param>
    /// <param name="files">
    /// Whether files and instances of tracefs count: those of a harness or a worker that was killed go with the next.
    /// </param>
    public static async Task<IReadOnlyList<string>> AfterAsync(Workplace place, Lab? lab, bool files)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            string[] left =
            [
                .. ProcessTree
                    .Marked(HarnessProcess.Mark, place.Mark)
                    .Select(pid => $"process {pid}: {CommandOf(pid)}"),
                .. files ? FilesIn(place) : [],
                .. lab is null
                    ? []
                    : (await OnHostAsync(lab.Guest).ConfigureAwait(false))
                        .Except(lab.Idle)
                        .Where(l => files || !Instance().IsMatch(l))
                        .Select(l => $"on the host: {l}"),
            ];
            if (left.Length == 0 || clock.Elapsed > Patience)
                return left;
            await Task.Delay(250).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> FilesIn(Workplace place) =>
        Directory
            .EnumerateFileSystemEntries(place.Temporary, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFileSystemEntries(place.Data).Where(f => !MayStay(f, place.Database)))
            .Select(f => $"file {f}");

    /// <summary>
    /// The database; the index of its log and the log without content, which SQLite leaves where the last to close it
    /// only read; and what ext4 has in every file system.
    /// </summary>
    private static bool MayStay(string path, string database) =>
        path == database
        || path == database + "-shm"
        || (path == database + "-wal" && new FileInfo(path).Length == 0)
        || Path.GetFileName(path) == "lost+found";

    private static string CommandOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ').Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "(ended)";
        }
    }

    [GeneratedRegex("^stage2-probe-[0-9]+$")]
    private static partial Regex Instance();

    /// <summary>A probe, a worker of one, or the holder of a lock.</summary>
    [GeneratedRegex("^[^ ]*/probe |stage2-harness-lock")]
    private static partial Regex OfHarness();
}
