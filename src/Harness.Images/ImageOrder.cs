namespace Harness.Images;

/// <summary>A requested image.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Track">Its kernel's.</param>
/// <param name="Local">The kernel itself, if the user built it.</param>
internal sealed record ImageOrder(string Key, KernelTrack Track, LocalKernel? Local)
{
    /// <summary>The kernel that was compiled for it, where its track is built from source.</summary>
    public BuiltKernel? Built { get; init; }

    /// <summary>By a name in tracks.json, or a point release's key.</summary>
    /// <exception cref="UnknownTrackException">There is no such track, or it has no point releases.</exception>
    public static ImageOrder Of(string key, ImageSources sources)
    {
        var track = sources.Recipe.Track(key);
        if (track.Source is not null && ImageKey.Parse(key).Point is not null)
            throw new UnknownTrackException($"{key}: a kernel that is built from {track.Source} has no point releases");
        return track.Path is null || ImageKey.Parse(key).Point is null
            ? new ImageOrder(key, track, sources.LocalOf(track))
            : throw new UnknownTrackException($"{key}: a kernel that you built has no point releases");
    }

    /// <summary>The kernel comes from Debian's packages.</summary>
    public bool IsPackaged => Local is null && Track.Source is null;

    public static ImageOrder Of(LocalKernel kernel) =>
        new(LocalKernel.Track, new KernelTrack(LocalKernel.Track), kernel);
}
