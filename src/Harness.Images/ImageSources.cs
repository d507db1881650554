using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Images;

/// <summary>guest-images/ in the source tree: the inputs of images other than packages.</summary>
/// <param name="Folder">The folder.</param>
public sealed record ImageSources(string Folder)
{
    /// <summary>Incremented when the builder's output for the same sources changes.</summary>
    private const int BuilderVersion = 4;

    public ImageRecipe Recipe { get; } = ImageRecipe.Read(Path.Combine(Folder, "tracks.json"));

    /// <summary>The user-built kernel that a track of the recipe names; null if the track is Debian's.</summary>
    internal LocalKernel? LocalOf(KernelTrack track) =>
        track.Path is null
            ? null
            : new LocalKernel(
                At(track.Path),
                track.ModulesPath is { } m ? At(m) : null,
                track.HeadersPath is { } h ? At(h) : null
            );

    /// <summary>The page size of a track's kernel, in KiB.</summary>
    /// <exception cref="UnknownTrackException">There is no such track.</exception>
    public int PageKiBOf(string key) =>
        Recipe.Track(key) is var track && track.PageKiB is { } given
            ? given
            : LocalOf(track)?.PageKiB ?? KernelHeader.UsualPageKiB;

    private string At(string path) =>
        Path.GetFullPath(
            path.StartsWith("~/", StringComparison.Ordinal)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..])
                : path,
            Path.GetFullPath(Folder)
        );

    /// <summary>The files of a built kernel's configuration.</summary>
    internal IReadOnlyList<string> FragmentsOf(KernelTrack track) =>
        [.. (track.Fragments ?? []).Select(f => Path.Combine(Folder, "kernel", f))];

    internal string Rootfs => Path.Combine(Folder, "rootfs");

    /// <summary>SHA-256 of packages that no signed index lists.</summary>
    internal string PoolHashes => Path.Combine(Folder, "pool.sha256");

    internal string Exporter => Path.Combine(Folder, "exporter");

    internal string Variant => Path.Combine(Folder, "variant");

    /// <summary>SHA-256, hex, over all inputs of an image.</summary>
    /// <param name="track">Its kernel's.</param>
    /// <param name="resolved">The packages.</param>
    /// <param name="keys">Of the cache.</param>
    /// <param name="local">The digest of a user-built kernel.</param>
    internal string HashOf(KernelTrack track, ResolvedTrack resolved, ImageKeys keys, string? local = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));

        Add($"builder {BuilderVersion}");
        // The location of a kernel is not part of its content.
        Add(
            JsonSerializer.Serialize(
                track with
                {
                    Path = null,
                    ModulesPath = null,
                    HeadersPath = null,
                    MoreReleases = null,
                }
            )
        );
        Add(JsonSerializer.Serialize(Recipe.Rootfs));
        Add(JsonSerializer.Serialize(Recipe.Toolbox));
        foreach (
            var (name, version) in resolved.Packages.Concat(resolved.Rootfs).OrderBy(p => p.Key, StringComparer.Ordinal)
        )
            Add($"{name}={version}");
        foreach (var file in resolved.Pool)
            Add(file.Name);
        if (local is not null)
            Add(local);
        foreach (string fragment in FragmentsOf(track))
            hash.AppendData(File.ReadAllBytes(fragment));
        Add(keys.HostPublicKey);
        Add(keys.LoginPublicKey);
        foreach (
            string file in Directory
                .EnumerateFiles(Rootfs)
                .Concat(Directory.EnumerateFiles(Exporter))
                .Concat(Directory.EnumerateFiles(Variant))
                .Order(StringComparer.Ordinal)
        )
        {
            Add(Path.GetRelativePath(Folder, file));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
