namespace Harness.Targets.SshNet;

/// <summary>
/// SSH.NET blocks where it opens, writes, reads and closes, in the worst case for as long as the peer likes. That
/// happens on threads of their own, never on the pool's.
/// </summary>
internal static class Blocking
{
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Disposes, and waits for it as long as is reasonable: behind a peer that is frozen while we write, the library
    /// can't even close its socket. What is left behind ends with the peer, or with this process.
    /// </summary>
    public static async Task DisposeAsync(IDisposable disposable, TimeSpan limit)
    {
        var disposing = Run(() =>
        {
            try
            {
                disposable.Dispose();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whatever it is, the connection is given up.
            }
        });
        await Task.WhenAny(disposing, Task.Delay(limit)).ConfigureAwait(false);
    }
}
