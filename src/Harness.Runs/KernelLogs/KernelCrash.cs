namespace Harness.Runs.KernelLogs;

/// <summary>Why a host's kernel ended, from its console.</summary>
public static class KernelCrash
{
    /// <summary>The last report, if the kernel panicked; else null.</summary>
    /// <param name="console">The console from the boot on; null if there is none.</param>
    public static KernelReport? In(string? console) =>
        string.IsNullOrEmpty(console) ? null : KernelLogReader.Read(console.Split('\n')).LastOrDefault(r => r.IsPanic);

    /// <summary>The report's first lines: as many as the probe keeps of a kernel's log.</summary>
    public static IReadOnlyList<string> Lines(KernelReport crash) => [.. crash.Lines.Take(200)];

    /// <summary>"its kernel crashed: HYP panic".</summary>
    public static string Words(KernelReport crash) => $"its kernel crashed: {crash.Title}";
}
