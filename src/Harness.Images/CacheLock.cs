namespace Harness.Images;

/// <summary>A file that only one process has open: the others wait until it ends.</summary>
internal static class CacheLock
{
    // EWOULDBLOCK of flock(2): .NET keeps the errno. Any other error with the file won't go away by waiting.
    private const int InUse = 11;

    /// <summary>Waits for the file, and holds it until what is returned is disposed.</summary>
    /// <param name="path">The file; its folder is created.</param>
    /// <param name="waiting">Called once, if somebody else holds it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<FileStream> TakeAsync(string path, Action waiting, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool told = false; ; told = true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == InUse)
            {
                if (!told)
                    waiting();
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancel).ConfigureAwait(false);
            }
        }
    }
}
