namespace Harness.Cli.Actions;

/// <summary>A file that is there whole or not at all.</summary>
internal static class NewFile
{
    /// <summary>As <see cref="Replace"/>, once its place is seen to be one.</summary>
    /// <exception cref="UsageException">Its folder isn't there, or it is a folder itself.</exception>
    /// <exception cref="IOException">It can't be written: what there was is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new UsageException($"{path} can't be written: there is no such folder");
        if (Directory.Exists(path))
            throw new UsageException($"{path} is a folder: name a file in it");
        Replace(path, write);
    }

    /// <summary>As <see cref="Replace"/>, of text: UTF-8, lines that end with LF.</summary>
    /// <exception cref="IOException">It can't be written: what there was is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void ReplaceText(string path, Action<TextWriter> write) => Replace(path, stream =>
        {
            using var text = new StreamWriter(stream, bufferSize: 1 << 16) { NewLine = "\n" };
            write(text);
        });

    /// <summary>
    /// Written beside its place and then moved there, over what there was. Whose fault it is that a file can't be
    /// written is for the verb to say.
    /// </summary>
    /// <exception cref="IOException">It can't be written: what there was is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
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
