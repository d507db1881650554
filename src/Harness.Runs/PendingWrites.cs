using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// Writes to the store that are not awaited yet; thread-safe. A store that can't be written ends the run.
/// </summary>
/// <param name="failed">Called if the store can't be written any more.</param>
internal sealed class PendingWrites(Action failed)
{
    private readonly List<Task> _writes = [];
    private readonly Lock _lock = new();

    public void Add(Task write)
    {
        lock (_lock)
            _writes.Add(WatchAsync(write));
    }

    /// <summary>Waits until everything is committed.</summary>
    /// <exception cref="StoreException">Something could not be committed: the reason.</exception>
    public Task FlushAsync()
    {
        lock (_lock)
            return Task.WhenAll([.. _writes]);
    }

    private async Task WatchAsync(Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (StoreException)
        {
            failed();
            throw;
        }
    }
}
