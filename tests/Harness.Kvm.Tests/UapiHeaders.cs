namespace Harness.Kvm.Tests;

/// <summary>
/// Kernel headers recent enough to know all that is declared here. The distribution's own are of Linux 6.1 and lack
/// guest_memfd and KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED; the script beside this file fetches newer ones.
/// </summary>
internal static class UapiHeaders
{
    public static string[] Includes
    {
        get
        {
            string root = Environment.GetEnvironmentVariable("HARNESS_UAPI_HEADERS") is { Length: > 0 } given
                ? given
                : Path.Combine(Cache, "stage2-harness", "uapi");
            string[] folders = [Path.Combine(root, "usr/include"), Path.Combine(root, "usr/include/aarch64-linux-gnu")];
            return File.Exists(Path.Combine(folders[0], "linux/kvm.h"))
                ? folders
                : throw new FileNotFoundException($"no kernel headers in {root}: run tests/Harness.Kvm.Tests/uapi-headers (scripts/setup does)");
        }
    }

    private static string Cache => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
        ? cache
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
