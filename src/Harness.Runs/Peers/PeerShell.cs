using System.Globalization;
using Harness.Processes;
using Harness.Runs.KernelLogs;
using Harness.Store;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Runs.Peers;

/// <summary>
/// Runs programs on a host, each as a session of its own that a watcher on the host kills at the limit, also if the
/// connection has been lost. Disposing it ends what runs, and removes the folder.
/// </summary>
/// <param name="connection">To the host.</param>
/// <param name="folder">There; of this object alone.</param>
public sealed class PeerShell(IConnection connection, string folder) : IAsyncDisposable
{
    private const string Log = "=== stage2-harness: kernel log";
    private const string Pool = "/proc/sys/vm/nr_hugepages";
    private const int OutputBytes = 20_000;
    private const int LogLines = 500;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CleaningUp = TimeSpan.FromSeconds(10);

    private static readonly UnixFileMode s_executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the folder, where the probe's own could be.</summary>
    /// <exception cref="TargetException">The connection was lost, or no folder can be made.</exception>
    public static async Task<PeerShell> OpenAsync(IConnection connection, FolderNeeds needs, CancellationToken cancel)
    {
        var survey = await TargetSurvey.TakeAsync(connection, needs, cancel).ConfigureAwait(false);
        string parent = survey.EnsureBase(connection.Target, "programs");
        var made = await connection
            .ExecAsync($"mktemp -d {ShellQuote.Word(parent)}/stage2-peers.XXXXXX", cancel: cancel)
            .ConfigureAwait(false);
        return made.ExitCode == 0
            ? new PeerShell(connection, made.Output.Trim())
            : throw new TargetException(
                TargetFailure.Upload,
                connection.Target,
                $"no folder for programs can be made: {made.Errors.Trim()}"
            );
    }

    /// <param name="file">The program, on this machine.</param>
    /// <param name="program">Its arguments and its limit.</param>
    /// <param name="cancel">Ends the wait; disposing this object ends the program.</param>
    /// <exception cref="TargetException">The host or the connection was lost.</exception>
    public async Task<PeerEnding> RunAsync(string file, PeerProgram program, CancellationToken cancel)
    {
        var limit = TimeoutScale.Scale(TimeSpan.FromSeconds(program.LimitSeconds));
        string name = Path.GetFileName(file);
        await connection
            .UploadAsync(
                $"{folder}/{name}",
                await File.ReadAllBytesAsync(file, cancel).ConfigureAwait(false),
                s_executable,
                cancel: cancel
            )
            .ConfigureAwait(false);
        var result = await connection
            .ExecAsync(Script(folder, name, program, limit), deadline: limit + Grace, cancel: cancel)
            .ConfigureAwait(false);
        return Read(result, limit);
    }

    /// <summary>The pool of hugetlb pages grows only for a program that needs it, and gets its size back.</summary>
    /// <param name="folder">With the program.</param>
    /// <param name="name">Its file.</param>
    /// <param name="program">Its arguments.</param>
    /// <param name="limit">It is killed then.</param>
    public static string Script(string folder, string name, PeerProgram program, TimeSpan limit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            cd {{ShellQuote.Word(folder)}} || exit
            rm -f late out; dmesg 2> /dev/null | tail -n 1 > mark
            if [ {{program.HugePages}} -gt 0 ] && cat {{Pool}} > pool && [ -w {{Pool}} ]; then echo $(($(cat pool) + {{program.HugePages}})) > {{Pool}}; else rm -f pool; fi
            setsid ./{{ShellQuote.Word(name)}} {{program.Arguments}} > out 2>&1 < /dev/null & p=$!
            echo $p > running
            (i=0; while [ $i -lt {{(int)limit.TotalSeconds}} ] && kill -0 $p 2> /dev/null; do sleep 1; i=$((i+1)); done
            if kill -0 $p 2> /dev/null; then : > late; kill -KILL -$p; fi) > /dev/null 2>&1 < /dev/null &
            wait $p; rc=$?
            rm -f running {{ShellQuote.Word(name)}}
            if [ -e pool ]; then cat pool > {{Pool}}; rm -f pool; fi
            if [ -e late ]; then l=late; else l=-; fi
            echo "$rc $l"; echo "$(cat mark)"; tail -c {{OutputBytes}} out; echo; echo '{{Log}}'; dmesg 2> /dev/null | tail -n {{LogLines}}
            """
        );

    /// <param name="result">Of <see cref="Script"/>.</param>
    /// <param name="limit">As there.</param>
    public static PeerEnding Read(CommandResult result, TimeSpan limit)
    {
        string[] parts = result.Output.Split('\n', 3);
        if (
            parts.Length < 3
            || parts[0].Split(' ') is not [var code, var late]
            || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int exit)
        )
            return new PeerEnding(
                PeerStates.NotRun,
                $"the host's shell did not run it: {(result.Errors.Trim() is { Length: > 0 } e ? e.Split('\n')[^1] : parts[0])}"
            );
        int log = parts[2].LastIndexOf(Log, StringComparison.Ordinal);
        string output = (log < 0 ? parts[2] : parts[2][..log]).TrimEnd();
        string[] lines =
            log < 0 ? [] : parts[2][(log + Log.Length)..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var reports = ReportsAfter(lines, parts[1]);
        var ending = PeerOutput.Read(exit, late == "late", limit, output);
        // The kernel kills what takes the last of its memory.
        string? machine =
            ending.Outcome == PeerStates.Killed ? Titles(reports, KernelReportCause.Machine).FirstOrDefault() : null;
        return ending with
        {
            Reason = machine is null ? ending.Reason : $"{ending.Reason}; the kernel reported: {machine}",
            KernelReports = [.. Titles(reports, KernelReportCause.Kernel)],
            Duration = result.Duration,
        };
    }

    /// <summary>The reports after the line that was the last one before, if that is still there.</summary>
    private static IReadOnlyList<KernelReport> ReportsAfter(string[] lines, string mark) =>
        KernelLogReader.Read(lines[(mark.Length == 0 ? 0 : Array.LastIndexOf(lines, mark) + 1)..]);

    private static IEnumerable<string> Titles(IEnumerable<KernelReport> reports, KernelReportCause cause) =>
        reports.Where(r => r.Cause == cause).Select(r => r.Title).Distinct();

    public async ValueTask DisposeAsync()
    {
        string word = ShellQuote.Word(folder);
        try
        {
            if (!connection.Lost.IsCompleted)
                await connection
                    .ExecAsync(
                        $"cd {word}; if [ -e running ]; then kill -KILL -$(cat running); fi; "
                            + $"if [ -e pool ]; then cat pool > {Pool}; fi; cd /; rm -rf {word}",
                        deadline: CleaningUp
                    )
                    .ConfigureAwait(false);
        }
        catch (TargetException)
        {
            // The host is gone, and with it the folder; or it ends the program at its limit.
        }
    }
}
