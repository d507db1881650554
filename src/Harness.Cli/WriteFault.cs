namespace Harness.Cli;

/// <summary>Why a file that the user named was not written.</summary>
internal static class WriteFault
{
    /// <summary>errno of Linux: no space on the device, and the user's quota is used up.</summary>
    private const int NoSpace = 28;
    private const int NoQuota = 122;

    /// <summary>The disk is full, which no other name of the file would change.</summary>
    public static bool IsFullDisk(Exception e) => e is IOException { HResult: NoSpace or NoQuota };

    /// <summary>A full disk has one exit code everywhere, <see cref="ExitCodes.Infrastructure"/>.</summary>
    /// <param name="what">The file, with the option that names it.</param>
    public static Exception Of(string what, Exception e) =>
        IsFullDisk(e) ? new IOException($"{what}: the disk is full", e) : new UsageException($"{what}: {e.Message}");
}
