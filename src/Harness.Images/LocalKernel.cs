namespace Harness.Images;

/// <summary>A kernel that the user built.</summary>
/// <param name="Path">
/// An arm64 Image, or the tree in which it was built (with O=, the folder of the objects): arch/arm64/boot/Image is in
/// it.
/// </param>
/// <param name="Modules">
/// Where its modules are: what INSTALL_MOD_PATH was, or a tree with *.ko in it. Null: beside Image in its tree. Modules
/// of the image's that are not there are taken to be built in.
/// </param>
/// <param name="Headers">
/// What modules are built against: the tree, or a headers package's folder. Null: the tree, if Path is one. Without
/// any, the image has no exporter.
/// </param>
public sealed record LocalKernel(string Path, string? Modules = null, string? Headers = null)
{
    /// <summary>The name that images of such kernels have where tracks.json has none for them.</summary>
    public const string Track = "local";
}
