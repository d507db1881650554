using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Images;

/// <summary>guest-images/ in the source tree: what images are made of, besides packages.</summary>
/// <param name="Folder">The folder.</param>
public sealed record ImageSources(string Folder)
{
    /// <summary>Raised when the builder makes something else of the same sources.</summary>
    private const int BuilderVersion = 2;

    public ImageRecipe Recipe { get; } = ImageRecipe.Read(Path.Combine(Folder, "tracks.json"));

    internal string Rootfs => Path.Combine(Folder, "rootfs");

    internal string Exporter => Path.Combine(Folder, "exporter");

    /// <summary>SHA-256, hex, over all that an image is made of.</summary>
    internal string HashOf(KernelTrack track, ResolvedTrack resolved, ImageKeys keys)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));

        Add($"builder {BuilderVersion}");
        Add(JsonSerializer.Serialize(track));
        Add(JsonSerializer.Serialize(Recipe.Rootfs));
        Add(JsonSerializer.Serialize(Recipe.Toolbox));
        foreach (var (name, version) in resolved.Packages.Concat(resolved.Rootfs).OrderBy(p => p.Key, StringComparer.Ordinal))
            Add($"{name}={version}");
        foreach (var file in resolved.Pool)
            Add(file.Name);
        Add(keys.HostPublicKey);
        Add(keys.LoginPublicKey);
        foreach (string file in Directory.EnumerateFiles(Rootfs).Concat(Directory.EnumerateFiles(Exporter)).Order(StringComparer.Ordinal))
        {
            Add(Path.GetRelativePath(Folder, file));
            hash.AppendData(File.ReadAllBytes(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
