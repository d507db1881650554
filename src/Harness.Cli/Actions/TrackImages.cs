using Harness.Images;
using Harness.Processes;
using Harness.Runs.Dispatch;

namespace Harness.Cli.Actions;

/// <summary>
/// The images of a run's hosts. Each is looked up, or built, once, when the first host needs it; they are built one at
/// a time, and a failed build only affects its own hosts.
/// </summary>
internal sealed class TrackImages
{
    private readonly ImageStore _store;
    private readonly LocalKernel? _local;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task<GuestImage>> _images = [];
    private Task _lastBuild = Task.CompletedTask;

    /// <param name="store">The image store.</param>
    /// <param name="tracks">Those that will be needed.</param>
    /// <param name="local">The kernel for <see cref="LocalKernel.Track"/>, or null.</param>
    /// <exception cref="UnknownTrackException">There is no such track.</exception>
    public TrackImages(ImageStore store, IEnumerable<string> tracks, LocalKernel? local = null)
    {
        _store = store;
        _local = local;
        if (local is not null)
            return;
        foreach (string track in tracks)
            store.Sources.Recipe.Track(track);
    }

    /// <summary>Available once there is an image.</summary>
    public ImageKeys Keys => _store.Keys!;

    /// <summary>The page size of a track's kernel, in KiB.</summary>
    public int PageKiBOf(string track) => _local?.PageKiB ?? _store.Sources.PageKiBOf(track);

    /// <exception cref="HostUnavailableException">It can't be built; the message has the reason.</exception>
    public async Task<GuestImage> GetAsync(string track, Action<string> phase, CancellationToken cancel)
    {
        Task<GuestImage> image;
        lock (_lock)
        {
            if (!_images.TryGetValue(track, out image!))
                _images[track] = image = FindOrBuildAsync(track, phase, cancel);
        }
        if (!image.IsCompleted)
            phase($"waiting for the image of {track}");
        try
        {
            return await image.ConfigureAwait(false);
        }
        catch (Exception e)
            when (e
                    is ImageException
                        or ProgramNotFoundException
                        or ProcessFailedException
                        or ProcessTimeoutException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            throw new HostUnavailableException(
                e is ImageException ? e.Message : $"the image of {track} can't be built: {e.Message}",
                e
            );
        }
    }

    private async Task<GuestImage> FindOrBuildAsync(string track, Action<string> phase, CancellationToken cancel)
    {
        await Task.Yield(); // The caller holds the lock.
        if (_local is null && _store.Find(track) is { } there)
            return there;
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock)
            (before, _lastBuild) = (_lastBuild, mine.Task);
        try
        {
            await before.WaitAsync(cancel).ConfigureAwait(false);
            var builder = new ImageBuilder(_store, new ProcessRunner());
            return _local is not null
                ? await builder.BuildAsync(_local, new Steps(phase), cancel).ConfigureAwait(false)
                : (await builder.BuildAsync([track], refresh: false, new Steps(phase), cancel).ConfigureAwait(false))[
                    0
                ];
        }
        finally
        {
            mine.SetResult();
        }
    }

    private sealed class Steps(Action<string> phase) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => phase($"building its image: {value.Step}");
    }
}
