using Harness.Images;
using Harness.Targets.Qemu.Snapshots;

namespace Harness.Cli.Actions;

/// <summary>The images of this installation, in the user's cache.</summary>
internal static class Images
{
    /// <exception cref="ImageException">guest-images/ is missing or invalid.</exception>
    public static ImageStore Store() => new(new ImageSources(Installation.GuestImages), ImageStore.DefaultFolder);

    /// <summary>The snapshots of machines that booted them, beside them.</summary>
    public static SnapshotStore Snapshots() => new(Path.Combine(ImageStore.DefaultFolder, "snapshots"));
}
