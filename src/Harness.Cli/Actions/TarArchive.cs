using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Harness.Cli.Actions;

/// <summary>A compressed tar archive: the same files give the same bytes.</summary>
internal static class TarArchive
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <param name="stream">The output.</param>
    /// <param name="folder">The folder of all files.</param>
    /// <param name="files">In order.</param>
    /// <param name="time">The time of every file, to the second.</param>
    public static void Write(
        Stream stream,
        string folder,
        IReadOnlyList<(string Name, string Text)> files,
        DateTimeOffset time
    )
    {
        using var gzip = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var (name, text) in files)
        {
            using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
            tar.WriteEntry(
                new UstarTarEntry(TarEntryType.RegularFile, $"{folder}/{name}")
                {
                    DataStream = data,
                    Mode = Readable,
                    ModificationTime = DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds()),
                }
            );
        }
    }
}
