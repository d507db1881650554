using Harness.Processes;

namespace Harness.Cli.Actions;

/// <summary>Writes a file completely or not at all.</summary>
internal static class NewFile
{
    /// <summary>As <see cref="Replace"/>, after checking the path.</summary>
    /// <exception cref="UsageException">It can't be written: the old file is unchanged.</exception>
    /// <exception cref="IOException">The disk is full: the same.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new UsageException($"{path} can't be written: there is no such folder");
        if (Directory.Exists(path))
            throw new UsageException($"{path} is a folder: name a file in it");
        try
        {
            Replace(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteFault.Of($"{path} can't be written", e);
        }
    }

    /// <summary>As <see cref="Replace"/>, for text: UTF-8, lines that end with LF.</summary>
    /// <exception cref="IOException">It can't be written: the old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void ReplaceText(string path, Action<TextWriter> write) => Replace(path, stream =>
        {
            using var text = new StreamWriter(stream, bufferSize: 1 << 16) { NewLine = "\n" };
            write(text);
        });

    /// <summary>
    /// Writes a temporary file beside the path and renames it over the old file; behind a symbolic link, over the file
    /// that it leads to. A device, FIFO or socket is written to and stays what it is. The verb decides which kind of
    /// error a failure is.
    /// </summary>
    /// <exception cref="IOException">It can't be written: the old file is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        var link = new FileInfo(path);
        if (link.LinkTarget is not null)
            path = link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        if (FileStatus.Of(path) is { IsRegular: false })
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(stream);
            return;
        }
        string beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var stream = File.Create(beside))
                write(stream);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            if (File.Exists(beside))
                File.Delete(beside);
            throw;
        }
    }
}
