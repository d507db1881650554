using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Runs.Resuming;

/// <summary>The process that executes a run, as the store has it.</summary>
/// <param name="Machine">Its host's name.</param>
/// <param name="Boot">/proc/sys/kernel/random/boot_id: process ids mean nothing after it.</param>
/// <param name="Pid">Its number.</param>
/// <param name="Started">When it was started, in clock ticks since boot (/proc/PID/stat, field 22): numbers are used
/// again.</param>
public sealed record Executor(string Machine, string Boot, int Pid, string Started)
{
    public static Executor ThisProcess { get; } =
        new(Environment.MachineName, BootId(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? "");

    /// <summary>As stored: JSON.</summary>
    [JsonIgnore]
    public string Text => JsonSerializer.Serialize(this);

    /// <summary>
    /// Whether that process lives, as far as this machine can tell: of another machine's, or before a boot, it can't.
    /// </summary>
    [JsonIgnore]
    public bool StillRuns => Boot == BootId() && Started.Length > 0 && StartOf(Pid) == Started;

    /// <summary>Null for what is none.</summary>
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
    /// The name of the program stands in parentheses before, and may hold anything. A zombie executes nothing.
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
