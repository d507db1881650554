using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Runs.Resuming;

/// <summary>The process that executes a run, as it is stored.</summary>
/// <param name="Machine">Its host's name.</param>
/// <param name="Boot">/proc/sys/kernel/random/boot_id: process ids are meaningless after a reboot.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Started">
/// Its start time, in clock ticks since boot (/proc/PID/stat, field 22): process ids are reused.
/// </param>
/// <param name="PidNamespace">
/// In which the process id counts (/proc/self/ns/pid): containers share a boot. Empty if it was not stored.
/// </param>
public sealed record Executor(string Machine, string Boot, int Pid, string Started, string PidNamespace = "")
{
    public static Executor ThisProcess { get; } =
        new(
            Environment.MachineName,
            BootId(),
            Environment.ProcessId,
            StartOf(Environment.ProcessId) ?? "",
            Namespace()
        );

    /// <summary>As stored: JSON.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this);

    /// <summary>Whether that process runs for sure.</summary>
    [JsonIgnore]
    public bool StillRuns => State == ExecutorState.Runs;

    /// <summary>
    /// What this process can know of that one: of another machine's, or another container's, nothing.
    /// </summary>
    [JsonIgnore]
    public ExecutorState State
    {
        get
        {
            if (Boot != BootId())
                return Machine == Environment.MachineName ? ExecutorState.Ended : ExecutorState.Unknown;
            if (Started.Length == 0 || PidNamespace.Length > 0 && PidNamespace != Namespace())
                return ExecutorState.Unknown;
            return StartOf(Pid) == Started ? ExecutorState.Runs : ExecutorState.Ended;
        }
    }

    /// <summary>Null if the text is invalid.</summary>
    public static Executor? Read(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<Executor>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {Pid} on {Machine}");

    private static string Namespace()
    {
        try
        {
            return File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string BootId() => TextOf("/proc/sys/kernel/random/boot_id")?.Trim() ?? "";

    /// <summary>
    /// The program's name is in parentheses before it, and may contain anything. A zombie executes nothing.
    /// </summary>
    private static string? StartOf(int pid) =>
        TextOf($"/proc/{pid}/stat") is { } stat
        && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [not "Z", ..] and var fields
            ? fields[19]
            : null;

    private static string? TextOf(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
