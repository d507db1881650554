using Harness.Images;
using Harness.Targets.Qemu;

namespace Harness.Targets.Tests;

/// <summary>The guest image that the tests of category Qemu boot: that of track 7.2.</summary>
internal static class TestGuest
{
    private const string Track = "7.2";

    private static readonly Lazy<ImageStore> Store = new(() =>
        new ImageStore(new ImageSources(Path.Combine(RepositoryRoot(), "guest-images")), ImageStore.DefaultFolder)
    );

    public static QemuSpec Spec => new(Image.KernelPath, Image.InitrdPath, "max,pauth-impdef=on,sve=off,sme=off");

    public static GuestKeys Keys =>
        Store.Value.Keys is { } keys ? new(keys.HostPublicKey, keys.LoginKeyPath) : throw Missing();

    private static GuestImage Image => Store.Value.Find(Track) ?? throw Missing();

    private static AssertionException Missing() =>
        new($"there is no guest image of track {Track} as its sources are now: run scripts/harness images build");

    private static string RepositoryRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Harness.sln")))
            at = at.Parent ?? throw new AssertionException($"there is no Harness.sln above {AppContext.BaseDirectory}");
        return at.FullName;
    }
}
