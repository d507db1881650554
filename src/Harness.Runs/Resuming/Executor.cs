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
public sealed record Executor(string Machine, string Boot, int Pid, string Started)
{
    public static Executor ThisProcess { get; } =
        new(Environment.MachineName, BootId(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? "");

    /// <summary>As stored: JSON.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this);

    /// <summary>
    /// Whether that process runs, as far as this machine can know: for another machine's, or one from before a boot, it
    /// can't.
    /// </summary>
    [JsonIgnore]
    public bool StillRuns => Boot == BootId() && Started.Length > 0 && StartOf(Pid) == Started;

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
