namespace Harness.Targets.SshNet;

/// <summary>
/// SSH.NET blocks in open, write, read and close, in the worst case as long as the peer wants. That runs on separate
/// threads, never on the pool's.
/// </summary>
internal static class Blocking
{
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// Disposes, with a time limit: if a peer stops responding while we write, the library can't even close its socket.
    /// What is left behind ends with the peer, or with this process.
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
                // Whatever the error is, the connection is abandoned.
            }
        });
        await Task.WhenAny(disposing, Task.Delay(limit)).ConfigureAwait(false);
    }
}
