namespace Harness.Images;

/// <summary>A user-built kernel.</summary>
/// <param name="Path">
/// An arm64 Image, or the tree in which it was built (with O=, the folder of the objects), which contains
/// arch/arm64/boot/Image.
/// </param>
/// <param name="Modules">
/// The folder of its modules: INSTALL_MOD_PATH, or a tree with *.ko in it. Null: beside Image in its tree. Modules of
/// the image that are not there are assumed to be built in.
/// </param>
/// <param name="Headers">
/// What modules are built against: the tree, or a headers package's folder. Null: the tree, if Path is one. Without
/// any, the image has no exporter.
/// </param>
public sealed record LocalKernel(string Path, string? Modules = null, string? Headers = null)
{
    /// <summary>The name of images of such kernels if tracks.json has none for them.</summary>
    public const string Track = "local";

    /// <summary>Its page size in KiB; null if there is no Image yet, or it doesn't say.</summary>
    public int? PageKiB
    {
        get
        {
            string image = Directory.Exists(Path) ? System.IO.Path.Combine(Path, "arch/arm64/boot/Image") : Path;
            return File.Exists(image) ? KernelHeader.PageKiB(image) : null;
        }
    }
}
