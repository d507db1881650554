using System.Security.Cryptography;
using System.Text.Json;
using Harness.Processes;

namespace Harness.Images;

/// <summary>The packages of a track, or of a point release of it, at its last build.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="Packages">The kernel's packages in the archive's indexes: versions by name.</param>
/// <param name="Rootfs">The root file system's packages: versions by name.</param>
/// <param name="Pool">Packages in no index, to be looked up in the archive's pool.</param>
/// <param name="Kbuild">The package with the kernel's build programs, if an index has it.</param>
/// <param name="IsOfMore">It is one of <see cref="KernelTrack.MoreReleases"/>.</param>
internal sealed record ResolvedTrack(
    string Release,
    IReadOnlyDictionary<string, string> Packages,
    IReadOnlyDictionary<string, string> Rootfs,
    IReadOnlyList<PoolFile> Pool,
    string? Kbuild,
    bool IsOfMore = false
);

/// <summary>The images that were built, in the user's cache.</summary>
/// <param name="sources">Their inputs.</param>
/// <param name="folder">The cache.</param>
public sealed class ImageStore(ImageSources sources, string folder)
{
    // Strict: a record without its packages is invalid.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict);

    private static readonly JsonSerializerOptions Tuples = new() { IncludeFields = true };

    public ImageSources Sources => sources;

    internal string Folder => folder;

    /// <summary>SHA-256 of the files that are in no signed index.</summary>
    internal string PoolRecord => Path.Combine(folder, "pool.sha256");

    /// <summary>Kernels that were built from their source.</summary>
    internal string KernelsFolder => Path.Combine(folder, "kernels");

    internal string KeysFolder => Path.Combine(folder, "keys");

    /// <summary>$HARNESS_CACHE, or stage2-harness in the user's cache folder.</summary>
    public static string DefaultFolder =>
        Environment.GetEnvironmentVariable("HARNESS_CACHE") is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
                    ? xdg
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "stage2-harness"
            );

    /// <summary>The keys of all images; null before the first build.</summary>
    public ImageKeys? Keys => Directory.Exists(KeysFolder) ? new ImageKeys(KeysFolder) : null;

    /// <summary>
    /// The image of a track, or of a point release of it, for the current sources and the packages of its last build;
    /// null if it must be built.
    /// </summary>
    /// <param name="key">"7.2" or "7.2@7.2.9".</param>
    /// <exception cref="ImageException">There is no such track, or nothing at its path.</exception>
    public GuestImage? Find(string key) => Find(ImageOrder.Of(key, sources));

    /// <summary>As <see cref="Find(string)"/>, and null for a damaged one.</summary>
    internal GuestImage? FindIntact(ImageOrder order) =>
        Find(order) is { } image && !GuestImage.IsDamaged(image.Folder) ? image : null;

    internal GuestImage? Find(ImageOrder order)
    {
        if (Keys is not { } keys || Resolved(order.Key) is not { } resolved)
            return null;
        var tree = order.Local is null ? null : new LocalTree(order.Local, sources.Recipe.Rootfs);
        if (tree is not null)
            resolved = resolved with { Release = tree.Release };
        string hash = sources.HashOf(order.Track, resolved, keys, tree?.Digest());
        string at = FolderOf(order.Key, hash);
        return GuestImage.IsWhole(at) ? ImageAt(order.Key, resolved, at, hash) : null;
    }

    /// <summary>Reads a user-built kernel, without building an image of it.</summary>
    /// <exception cref="LocalKernelException">The path is not a kernel.</exception>
    public LocalKernelNotes Examine(LocalKernel kernel)
    {
        var tree = new LocalTree(kernel, sources.Recipe.Rootfs);
        return new LocalKernelNotes(tree.Release, tree.NoExporter, tree.LackingAbilities, tree.Configuration);
    }

    /// <summary>
    /// The path of the root file system of these packages, so that images of other kernels needn't fetch it again.
    /// </summary>
    internal string RootfsPath(ResolvedTrack resolved) =>
        Path.Combine(
            folder,
            "rootfs",
            Convert.ToHexStringLower(
                SHA256.HashData(
                    JsonSerializer.SerializeToUtf8Bytes(
                        (sources.Recipe.Rootfs, resolved.Rootfs.OrderBy(p => p.Key, StringComparer.Ordinal)),
                        Tuples
                    )
                )
            )[..16] + ".tar.zst"
        );

    internal static GuestImage ImageAt(string key, ResolvedTrack resolved, string at, string hash) =>
        new(
            key,
            resolved.Release,
            [
                .. resolved
                    .Packages.Select(p => $"{p.Key}={p.Value}")
                    .Concat(resolved.Pool.Select(p => $"{p.Package}={p.Version}"))
                    .Order(StringComparer.Ordinal),
            ],
            at,
            hash
        );

    internal string FolderOf(string key, string hash) => Path.Combine(folder, "images", $"{key}-{hash.AsSpan(0, 16)}");

    internal ResolvedTrack? Resolved(string key)
    {
        try
        {
            return JsonSerializer.Deserialize<ResolvedTrack>(File.ReadAllText(ResolvedPath(key)), Json);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null; // never resolved, or by another version: resolve again
        }
    }

    internal void Remember(string key, ResolvedTrack resolved)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResolvedPath(key))!);
        string part = ResolvedPath(key) + ".part";
        File.WriteAllText(part, JsonSerializer.Serialize(resolved));
        File.Move(part, ResolvedPath(key), overwrite: true);
    }

    private string ResolvedPath(string key) => Path.Combine(folder, "resolved", key + ".json");
}
