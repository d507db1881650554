using Harness.Images;
using Harness.Processes;

namespace Harness.Cli.Actions;

internal static class ImagesActions
{
    public static async Task<int> BuildAsync(BuildImagesRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var store = Images.Store();
        IReadOnlyList<string> tracks = request.Tracks.Count > 0 ? request.Tracks : [.. store.Sources.Recipe.Tracks.Select(t => t.Name)];
        var results = await new ImageBuilder(store, new ProcessRunner())
            .BuildEachAsync(tracks, request.Refresh, new Steps(console), cancel).ConfigureAwait(false);
        var report = console.Report();
        foreach (var image in results.Select(r => r.Image).OfType<GuestImage>())
            report.Line(Line(image));
        // Each was told as it came; the command's own end tells one of them again.
        return results.Select(r => r.Problem).FirstOrDefault(p => p is not null) is { } problem ? throw problem : ExitCodes.Ok;
    }

    public static Task<int> ListAsync(bool _, HarnessConsole console, CancellationToken cancel)
    {
        var store = Images.Store();
        var report = console.Report();
        foreach (var track in store.Sources.Recipe.Tracks)
            report.Line(store.Find(track.Name) is { } image ? Line(image) : $"{track.Name,-8} not built (harness images build {track.Name})");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static string Line(GuestImage image) =>
        $"{image.Track,-8} {image.KernelRelease,-26} {new FileInfo(image.InitrdPath).Length + new FileInfo(image.KernelPath).Length >> 20} MiB  {image.Folder}"
        + (image.NoExporter is { } why ? $"  without the exporter: {why}" : "");

    /// <summary>One line a step: builds are rare, and what took long should stay readable.</summary>
    private sealed class Steps(HarnessConsole console) : IProgress<ImageProgress>
    {
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

        public void Report(ImageProgress value) => console.Error.WriteLine(
            $"harness: {_clock.Elapsed.TotalSeconds,4:0} s  {(value.Track.Length > 0 ? $"image {value.Track}" : "images")}: {value.Step}");
    }
}
