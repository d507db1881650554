using System.Text.Json;
using System.Text.RegularExpressions;

namespace Harness.Images;

/// <summary>The root file system.</summary>
/// <param name="Suite">Debian suite of its packages.</param>
/// <param name="Packages">Installed with all dependencies.</param>
/// <param name="Files">
/// The files of the packages that the image contains: tar's patterns of names, relative to the root.
/// </param>
/// <param name="Modules">Kernel modules that the image loads, in order.</param>
/// <param name="Optional">Modules that it loads after them, in order, if the kernel has them as modules.</param>
public sealed record RootFileSystem(
    string Suite,
    IReadOnlyList<string> Packages,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Modules,
    IReadOnlyList<string>? Optional = null
);

/// <summary>The tree in which the exporter is compiled.</summary>
/// <param name="Suite">Debian suite of its packages.</param>
/// <param name="Compiler">The program.</param>
/// <param name="Packages">Installed with all dependencies.</param>
public sealed record Toolbox(string Suite, string Compiler, IReadOnlyList<string> Packages);

/// <summary>guest-images/tracks.json.</summary>
public sealed record ImageRecipe(IReadOnlyList<KernelTrack> Tracks, RootFileSystem Rootfs, Toolbox Toolbox)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <exception cref="ImageException">The file is missing or invalid.</exception>
    public static ImageRecipe Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var recipe = JsonSerializer.Deserialize<ImageRecipe>(file, Json)
                ?? throw new JsonException("it holds null");
            recipe.Check(path);
            return recipe;
        }
        catch (JsonException e)
        {
            throw new ImageException($"{path}: {e.Message}", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path} can't be read: {e.Message}", inner: e);
        }
    }

    /// <param name="name">A track's name, or a point release's key.</param>
    /// <exception cref="UnknownTrackException">There is no such track.</exception>
    public KernelTrack Track(string name) =>
        Tracks.FirstOrDefault(t => t.Name == ImageKey.Parse(name).Track)
        ?? throw new UnknownTrackException(
            $"there is no kernel track '{name}': guest-images/tracks.json has {string.Join(", ", Tracks.Select(t => t.Name))}"
        );

    private void Check(string path)
    {
        if (Tracks.Contains(null!))
            throw new ImageException($"{path}: tracks: an entry is null");
        foreach (var track in Tracks)
        {
            if (
                track.Name.Contains('@', StringComparison.Ordinal)
                || track.Name.Contains('/', StringComparison.Ordinal)
                || track.Name == LocalKernel.Track
            )
                throw new ImageException(
                    $"{path}: track {track.Name}: a name has no '@' and no '/', and is not '{LocalKernel.Track}'"
                );
            if (track.Path is not null)
            {
                if (track.Suites.Count > 0 || track.Kernel.Length > 0 || track.Source is not null)
                    throw new ImageException(
                        $"{path}: track {track.Name}: a kernel at a 'path' has no 'suites', no 'kernel' and no 'source'"
                    );
                continue;
            }
            if (track.Suites.Count == 0)
                throw new ImageException(
                    $"{path}: track {track.Name}: 'suites' names none (or give the 'path' of a kernel that you built)"
                );
            if (track.PageKiB is not (null or 4 or 16 or 64))
                throw new ImageException($"{path}: track {track.Name}: 'pageKiB' is 4, 16 or 64");
            if (track.Source is not null)
            {
                if (track.Kernel.Length > 0 || track.Fragments is not { Count: > 0 })
                    throw new ImageException(
                        $"{path}: track {track.Name}: a kernel that is built from a 'source' has 'fragments' of a configuration, and no 'kernel'"
                    );
                continue;
            }
            try
            {
                if (new Regex(track.Kernel).GetGroupNumbers().Length < 2)
                    throw new ImageException($"{path}: track {track.Name}: 'kernel' needs a group for the version");
            }
            catch (ArgumentException e)
            {
                throw new ImageException(
                    $"{path}: track {track.Name}: 'kernel' is no regular expression: {e.Message}",
                    inner: e
                );
            }
        }
        if (Tracks.GroupBy(t => t.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ImageException($"{path}: duplicate track {twice.Key}");
    }
}
