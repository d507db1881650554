namespace Harness.Cli.Actions;

/// <summary>A file that is there whole or not at all.</summary>
internal static class NewFile
{
    /// <summary>Written beside its place and then moved there, over what there was.</summary>
    /// <exception cref="UsageException">Its folder isn't there, or it is a folder itself.</exception>
    /// <exception cref="IOException">It can't be written: what there was is still there.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new UsageException($"{path} can't be written: there is no such folder");
        if (Directory.Exists(path))
            throw new UsageException($"{path} is a folder: name a file in it");
        string beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var stream = File.Create(beside))
                write(stream);
            File.Move(beside, path, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }
}
