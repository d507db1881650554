using System.Diagnostics;

namespace Harness.Probe.Tests.Kvm;

/// <summary>
/// Kernel headers that are recent enough for all declarations. The distribution's own are of Linux 6.1 and lack
/// guest_memfd and KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED; the script beside this file fetches newer ones, once, unless
/// HARNESS_UAPI_HEADERS names some.
/// </summary>
internal static class UapiHeaders
{
    private static readonly Lazy<string[]> _includes = new(Find);

    /// <summary>Folders for the compiler to search before its own.</summary>
    public static string[] Includes => _includes.Value;

    private static string[] Find()
    {
        string root = Environment.GetEnvironmentVariable("HARNESS_UAPI_HEADERS") is { Length: > 0 } given
            ? given
            : Path.Combine(Cache, "stage2-harness", "uapi");
        string[] folders = [Path.Combine(root, "usr/include"), Path.Combine(root, "usr/include/aarch64-linux-gnu")];
        if (!folders.All(f => Directory.Exists(f)))
            Fetch(root);
        return folders;
    }

    private static void Fetch(string root)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(AppContext.BaseDirectory, "uapi-headers")])
        {
            RedirectStandardError = true,
        };
        start.Environment["HARNESS_UAPI_HEADERS"] = root;
        using var script = Process.Start(start)!;
        string said = script.StandardError.ReadToEnd();
        script.WaitForExit();
        if (script.ExitCode != 0)
            throw new InvalidOperationException(
                $"no kernel headers in {root}, and uapi-headers could not fetch them: {said}"
            );
    }

    private static string Cache =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
