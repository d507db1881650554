using Harness.Images;

namespace Harness.Chaos.Faults;

/// <summary>Guest images and snapshots in the cache, and the archive that images are made from.</summary>
internal static class ImageFaults
{
    private const string CacheVariable = "HARNESS_CACHE";

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "image-corrupted",
            "a byte of the kernel or of the root file system in the cache is another",
            "exit 3 before anything boots: the file, both hashes, and the command that builds it again",
            ImageAsync
        )
        {
            Share = 3,
        },
        new(
            "snapshot-corrupted",
            "a file of a booted machine's snapshot is cut short or has other bytes",
            "the host is booted, and every verdict is as usual",
            SnapshotAsync
        )
        {
            Share = 1,
        },
        new(
            "mirror-down",
            "nothing listens at the package mirror",
            "exit 3 in one line, nothing half-made in the cache",
            t => MirrorAsync(t, "127.0.0.1:9")
        ),
        new(
            "mirror-html",
            "the package mirror returns an HTML page for every file",
            "exit 3: the signature is refused; nothing half-made in the cache",
            async t =>
            {
                await using var server = new HtmlServer();
                await MirrorAsync(t, $"127.0.0.1:{server.Port}").ConfigureAwait(false);
            }
        ),
    ];

    /// <summary>A cache of the trial's own, with the image and the keys.</summary>
    private static string Cache(Trial trial)
    {
        string from = ImageStore.DefaultFolder,
            cache = Directory.CreateDirectory(trial.Place.PathOf("cache")).FullName;
        var image = trial.Lab.Images.Find(trial.Lab.Track)!;
        foreach (string folder in (string[])[trial.Lab.Keys.Folder, image.Folder])
        {
            string to = Path.Combine(cache, Path.GetRelativePath(from, folder));
            Directory.CreateDirectory(to, File.GetUnixFileMode(folder));
            foreach (string file in Directory.EnumerateFiles(folder))
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
        Directory.CreateDirectory(Path.Combine(cache, "resolved"));
        string resolved = Path.Combine("resolved", trial.Lab.Track + ".json");
        File.Copy(Path.Combine(from, resolved), Path.Combine(cache, resolved));
        trial.Environment[CacheVariable] = cache;
        return cache;
    }

    private static async Task ImageAsync(Trial trial)
    {
        string cache = Cache(trial);
        var image = trial.Lab.Images.Find(trial.Lab.Track)!;
        string damaged = trial.Chance.Next(2) == 0 ? image.KernelPath : image.InitrdPath;
        damaged = Path.Combine(cache, Path.GetRelativePath(ImageStore.DefaultFolder, damaged));
        Flip(damaged, trial.Chance);
        using var run = trial.Start(Lab.Booted);
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, Expected.HostLost.With($"{damaged} is damaged"), Lab.Booted).ConfigureAwait(false);
    }

    private static async Task SnapshotAsync(Trial trial)
    {
        string cache = Cache(trial);
        await trial.NextRunAsync(Lab.Booted).ConfigureAwait(false);
        string snapshot = Directory.EnumerateDirectories(Path.Combine(cache, "snapshots")).Single();
        string file = Path.Combine(snapshot, trial.Chance.Next(2) == 0 ? "state" : "memory");
        if (trial.Chance.Next(2) == 0)
            Flip(file, trial.Chance);
        else
            using (var cut = new FileStream(file, FileMode.Open, FileAccess.Write))
                cut.SetLength(cut.Length * trial.Chance.Next(100) / 100);
        using var run = trial.Start(Lab.Booted);
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, Expected.Unharmed, Lab.Booted).ConfigureAwait(false);
    }

    /// <summary>Changes a byte that is not 0: where a file has holes, nothing is.</summary>
    private static void Flip(string path, Random chance)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        int value = 0;
        while (value <= 0)
        {
            file.Position = chance.NextInt64(file.Length);
            value = file.ReadByte();
        }
        file.Position--;
        file.WriteByte((byte)(value ^ 1 << chance.Next(8)));
    }

    private static async Task MirrorAsync(Trial trial, string mirror)
    {
        string cache = Directory.CreateDirectory(trial.Place.PathOf("cache")).FullName;
        trial.Environment[CacheVariable] = cache;
        trial.Environment["HARNESS_DEBIAN_MIRROR"] = $"http://{mirror}/debian";
        using var build = trial.StartCommand("images", "build", trial.Lab.Track);
        var end = await trial.EndAsync(build).ConfigureAwait(false);
        trial.Count();
        trial.Require(end.Code == 3, $"exit code {end.Code}: {end.LastLine}");
        trial.Require(end.Error.Contains(mirror, StringComparison.Ordinal), $"no address: {end.LastLine}");
        trial.Require(
            !Directory.EnumerateDirectories(cache, "building-*").Any()
                && !Directory.Exists(Path.Combine(cache, "images")),
            "something half-made is in the cache"
        );
        await trial.TidyAsync().ConfigureAwait(false);
    }
}
