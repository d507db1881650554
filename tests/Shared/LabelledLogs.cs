using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Runs.KernelLogs;

namespace Harness.KernelLogMeasurement;

/// <summary>A kernel log with what people say is in it.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Title">Null where there is no report in it.</param>
/// <param name="OtherTitles">The same in other words.</param>
/// <param name="Type">A word for the kind; null where there is none.</param>
/// <param name="IsCorrupted">The report is cut or mixed with others: its function is not compared.</param>
/// <param name="Log">The lines.</param>
internal sealed partial record LabelledLog(
    string Name,
    string? Title,
    IReadOnlyList<string> OtherTitles,
    string? Type,
    bool IsCorrupted,
    IReadOnlyList<string> Log
)
{
    /// <summary>Registers or a system call's entry as arm64 writes them.</summary>
    public bool IsArm64 { get; } = Log.Any(l => Arm64().IsMatch(l));

    public static LabelledLog Read(string path)
    {
        string[] lines = File.ReadAllText(path, Encoding.UTF8).Split('\n');
        int log = Array.FindIndex(lines, l => l.Length == 0) + 1;
        string[] head = lines[..log];
        int end = Array.FindIndex(lines, log, l => l == "REPORT:");
        string? One(string word) =>
            head.FirstOrDefault(l => l.StartsWith(word + ": ", StringComparison.Ordinal))?[(word.Length + 2)..];
        return new LabelledLog(
            Path.GetFileName(path),
            One("TITLE") is { Length: > 0 } title ? title : null,
            [.. head.Where(l => l.StartsWith("ALT: ", StringComparison.Ordinal)).Select(l => l[5..])],
            One("TYPE"),
            One("CORRUPTED") == "Y",
            end < 0 ? lines[log..] : lines[log..end]
        );
    }

    [GeneratedRegex(
        @"\bpstate: |\bx29: [0-9a-f]{16}|\bel[01]_(svc|sync|irq|dbg)\b|\bel0t_64_sync\b|\bel1h_64_|__arm64_sys_"
    )]
    private static partial Regex Arm64();
}

/// <summary>The labelled logs that a machine may have. They are no part of this repository.</summary>
internal static class LabelledLogs
{
    public const string Variable = "HARNESS_KERNEL_LOGS";
    private const string Archive = "shared/data/syzkaller-linux-reports.tar.xz";

    /// <summary>
    /// The archive named by HARNESS_KERNEL_LOGS, or shared/data/... in this or a directory above; null without.
    /// </summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? named : null;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, Archive) is var path && File.Exists(path))
                return path;
        return null;
    }

    /// <summary>Unpacks the archive with tar, and reads its files.</summary>
    public static IReadOnlyList<LabelledLog> Read(string archive)
    {
        string directory = Directory.CreateTempSubdirectory("harness-kernel-logs-").FullName;
        try
        {
            using var tar = Process.Start("tar", ["-xJf", archive, "-C", directory]);
            tar.WaitForExit();
            if (tar.ExitCode != 0)
                throw new InvalidOperationException($"tar can't unpack {archive}: is xz installed?");
            return
            [
                .. Directory
                    .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                    .Select(LabelledLog.Read)
                    .OrderBy(l => int.TryParse(l.Name, out int number) ? number : int.MaxValue),
            ];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
