using Harness.Images;
using Harness.Processes;
using Harness.Targets.Qemu.Snapshots;

namespace Harness.Cli.Actions;

internal static class ImagesActions
{
    public static async Task<int> BuildAsync(
        BuildImagesRequest request,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var store = Images.Store();
        var report = console.Report();
        if (request.Kernel is not null)
        {
            if (request.Tracks.Count > 0 || request.Refresh)
                throw new UsageException("--kernel goes with no track and no --refresh");
            report.Line(
                Line(
                    await new ImageBuilder(store, new ProcessRunner())
                        .BuildAsync(request.Kernel, new Steps(console), cancel)
                        .ConfigureAwait(false)
                )
            );
            return ExitCodes.Ok;
        }
        IReadOnlyList<string> tracks =
            request.Tracks.Count > 0 ? request.Tracks : [.. store.Sources.Recipe.Tracks.Select(t => t.Name)];
        var results = await new ImageBuilder(store, new ProcessRunner())
            .BuildEachAsync(tracks, request.Refresh, new Steps(console), cancel)
            .ConfigureAwait(false);
        foreach (var image in results.Select(r => r.Image).OfType<GuestImage>())
            report.Line(Line(image));
        // Each problem was already printed; the command's own error repeats one of them.
        return results.Select(r => r.Problem).FirstOrDefault(p => p is not null) is { } problem
            ? throw problem
            : ExitCodes.Ok;
    }

    public static async Task<int> ListAsync(ListImagesRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var store = Images.Store();
        IReadOnlyList<string> tracks =
            request.Tracks.Count > 0 ? request.Tracks : [.. store.Sources.Recipe.Tracks.Select(t => t.Name)];
        var report = console.Report();
        if (!request.Releases)
        {
            foreach (string track in tracks)
                report.Line(Line(store, track));
            if (request.Tracks.Count == 0)
                foreach (string line in SnapshotLines(Images.Snapshots()))
                    report.Line(line);
            return ExitCodes.Ok;
        }
        foreach (
            var release in await new ImageBuilder(store, new ProcessRunner())
                .PointReleasesAsync(tracks, new Steps(console), cancel)
                .ConfigureAwait(false)
        )
        {
            report.Line(
                $"{release.Key, -26} {release.PackageVersion, -20} {(store.Find(release.Key) is null ? "" : "built")}".TrimEnd()
            );
        }
        return ExitCodes.Ok;
    }

    /// <summary>The machines that booted once and are restored from then on.</summary>
    private static IEnumerable<string> SnapshotLines(SnapshotStore store)
    {
        var all = store.All();
        if (all.Count == 0)
            yield break;
        yield return "";
        yield return $"snapshots of booted hosts: {all.Count}, {all.Sum(s => s.Notes.Bytes) >> 20} of at most {store.LimitBytes >> 20} MiB: {store.Folder}";
        foreach (var snapshot in all)
            yield return $"{snapshot.Notes.Target, -26} {snapshot.Notes.Made:yyyy-MM-dd HH:mm} UTC  {snapshot.Notes.Bytes >> 20, 5} MiB  QEMU {snapshot.Notes.QemuVersion}";
    }

    private static string Line(ImageStore store, string track)
    {
        try
        {
            return store.Find(track) is { } image
                ? Line(image)
                : $"{track, -8} not built ({Hint.Program} images build {track})";
        }
        catch (ImageException e) when (e is not UnknownTrackException)
        {
            return $"{track, -8} {e.Message}"; // a missing kernel of one entry must not hide the others
        }
    }

    private static string Line(GuestImage image) =>
        $"{image.Track, -8} {image.KernelRelease, -26} {new FileInfo(image.InitrdPath).Length + new FileInfo(image.KernelPath).Length >> 20} MiB  {image.Folder}"
        + (image.NoExporter is { } why ? $"  without the exporter: {why}" : "");

    /// <summary>One line per step: builds are rare, and slow steps should stay readable.</summary>
    private sealed class Steps(HarnessConsole console) : IProgress<ImageProgress>
    {
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

        public void Report(ImageProgress value) =>
            console.Error.WriteLine(
                $"harness: {_clock.Elapsed.TotalSeconds, 4:0} s  {(value.Track.Length > 0 ? $"image {value.Track}" : "images")}: {value.Step}"
            );
    }
}
