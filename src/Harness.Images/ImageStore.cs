using System.Text.Json;
using Harness.Processes;

namespace Harness.Images;

/// <summary>What a track was resolved to when it was last built.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="Packages">Versions by name.</param>
internal sealed record ResolvedTrack(string Release, IReadOnlyDictionary<string, string> Packages);

/// <summary>The images that were built, in the user's cache.</summary>
/// <param name="sources">What they are made of.</param>
/// <param name="folder">The cache.</param>
public sealed class ImageStore(ImageSources sources, string folder)
{
    // Strict: a record without its packages is none.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict);

    public ImageSources Sources => sources;

    internal string Folder => folder;

    internal string KeysFolder => Path.Combine(folder, "keys");

    /// <summary>$HARNESS_CACHE, or stage2-harness in the user's cache folder.</summary>
    public static string DefaultFolder =>
        Environment.GetEnvironmentVariable("HARNESS_CACHE") is { Length: > 0 } given ? Path.GetFullPath(given)
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "stage2-harness");

    /// <summary>The keys of all images; null before the first build.</summary>
    public ImageKeys? Keys => Directory.Exists(KeysFolder) ? new ImageKeys(KeysFolder) : null;

    /// <summary>The image of a track as its sources are now, of the packages it was last resolved to; null if it is to be built.</summary>
    /// <exception cref="ImageException">There is no such track.</exception>
    public GuestImage? Find(string track)
    {
        var entry = sources.Recipe.Track(track);
        if (Keys is not { } keys || Resolved(track) is not { } resolved)
            return null;
        string hash = sources.HashOf(entry, resolved.Packages, keys);
        string at = FolderOf(track, hash);
        return IsWhole(at) ? ImageAt(entry, resolved, at, hash) : null;
    }

    /// <summary>Whether all of an image's files are there: a folder that lost one is built anew.</summary>
    internal static bool IsWhole(string at) =>
        GuestImage.Files.All(f => new FileInfo(Path.Combine(at, f)) is { Exists: true, Length: > 0 });

    internal static GuestImage ImageAt(KernelTrack track, ResolvedTrack resolved, string at, string hash) =>
        new(track.Name, resolved.Release,
            [.. resolved.Packages.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")], at, hash);

    internal string FolderOf(string track, string hash) => Path.Combine(folder, "images", $"{track}-{hash.AsSpan(0, 16)}");

    internal ResolvedTrack? Resolved(string track)
    {
        try
        {
            return JsonSerializer.Deserialize<ResolvedTrack>(File.ReadAllText(ResolvedPath(track)), Json);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null; // never resolved, or by another version: it is resolved anew
        }
    }

    internal void Remember(string track, ResolvedTrack resolved)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ResolvedPath(track))!);
        string part = ResolvedPath(track) + ".part";
        File.WriteAllText(part, JsonSerializer.Serialize(resolved));
        File.Move(part, ResolvedPath(track), overwrite: true);
    }

    private string ResolvedPath(string track) => Path.Combine(folder, "tracks", track + ".json");
}
