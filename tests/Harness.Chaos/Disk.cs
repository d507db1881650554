using System.Globalization;

namespace Harness.Chaos;

/// <summary>A small file system of a trial's own, mounted on one of its folders.</summary>
internal sealed class Disk : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string? _image;

    private Disk(string folder, string? image) => (_folder, _image) = (folder, image);

    private string Filler => Path.Combine(_folder, "filler");

    /// <summary>Without a disk.</summary>
    public static async Task<Disk> InMemoryAsync(string folder, string size)
    {
        await Shell.RunAsync("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder).ConfigureAwait(false);
        return new Disk(folder, null);
    }

    /// <summary>ext4 in a file.</summary>
    public static async Task<Disk> OnLoopAsync(string folder, string image)
    {
        await Shell.RunAsync("truncate", "-s", "64M", image).ConfigureAwait(false);
        await Shell.RunAsync("mkfs.ext4", "-q", image).ConfigureAwait(false);
        await Shell.RunAsync("mount", "-o", "loop", image, folder).ConfigureAwait(false);
        return new Disk(folder, image);
    }

    /// <summary>Nothing more can be written.</summary>
    public async Task FillAsync()
    {
        var piece = new byte[4096];
        try
        {
            await using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
            while (true)
                await file.WriteAsync(piece).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public Task EmptyAsync()
    {
        File.Delete(Filler);
        return Task.CompletedTask;
    }

    public Task ReadOnlyAsync() => Shell.RunAsync("mount", "-o", "remount,ro", _folder);

    /// <summary>As after an error of the disk: read-only at once, whoever is writing.</summary>
    public Task AbortAsync() => Shell.RunAsync("mount", "-o", "remount,abort", _folder);

    /// <summary>After <see cref="AbortAsync"/>: the log of the file system is replayed.</summary>
    public async Task RepairAsync()
    {
        await Shell.RunAsync("umount", _folder).ConfigureAwait(false);
        await Shell
            .RunAsync(
                "sh",
                "-c",
                string.Create(CultureInfo.InvariantCulture, $"e2fsck -p {_image} > /dev/null; [ $? -lt 4 ]")
            )
            .ConfigureAwait(false);
        await Shell.RunAsync("mount", "-o", "loop", _image!, _folder).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await Shell.RunAsync("umount", "-l", _folder).ConfigureAwait(false);
}
