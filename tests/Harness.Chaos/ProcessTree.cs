using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Harness.Chaos;

/// <summary>The descendants of a harness process, from /proc.</summary>
internal static partial class ProcessTree
{
    public const int Interrupt = 2;
    public const int Killed = 9;
    public const int Hangup = 1;
    public const int Terminate = 15;
    public const int Stop = 19;
    public const int Continue = 18;

    /// <summary>The processes with this one among their ancestors.</summary>
    public static IReadOnlyList<int> Below(int harness) =>
        [.. Process.GetProcesses().Select(p => p.Id).Where(pid => IsBelow(pid, harness))];

    /// <summary>The QEMU that it started, or null if it has not yet.</summary>
    /// <param name="harness">Its pid.</param>
    /// <param name="except">Those that were there before.</param>
    public static int? QemuOf(int harness, IReadOnlySet<int>? except = null) =>
        Process
            .GetProcesses()
            .Where(p =>
                p.ProcessName.StartsWith("qemu-system", StringComparison.Ordinal)
                && except?.Contains(p.Id) != true
                && IsBelow(p.Id, harness)
            )
            .Select(p => (int?)p.Id)
            .FirstOrDefault();

    /// <summary>Those that still run a moment later: the kernel signals their parent's death to them.</summary>
    public static async Task<IReadOnlyList<int>> OutlivingAsync(IReadOnlyList<int> started)
    {
        for (int i = 0; i < 100 && started.Any(Lifecycles); i++)
            await Task.Delay(100);
        return [.. started.Where(Lifecycles)];
    }

    public static bool Lifecycles(int pid) => Directory.Exists($"/proc/{pid}");

    /// <summary>The living processes with a value of an environment variable.</summary>
    public static IReadOnlyList<int> Marked(string variable, string value) =>
        [.. Process.GetProcesses().Select(p => p.Id).Where(pid => HasVariable(pid, $"{variable}={value}"))];

    /// <returns>0, or -1 if there is no such process.</returns>
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);

    private static bool IsBelow(int pid, int harness)
    {
        try
        {
            while (pid > 1)
            {
                string stat = File.ReadAllText($"/proc/{pid}/stat");
                pid = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
                if (pid == harness)
                    return true;
            }
        }
        catch (IOException)
        {
            // It ended meanwhile.
        }
        return false;
    }

    private static bool HasVariable(int pid, string variable)
    {
        try
        {
            // Empty for a process that has ended and was not waited for.
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains(variable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
