namespace Harness.Runs.Scheduling;

/// <summary>
/// Lets hosts in as far as there is room for them, in the order in which they asked: nobody is overtaken, so that a
/// large one gets its turn, too. Who needs more than there is at all goes alone.
/// </summary>
/// <param name="jobs">How many run at once; 1 or more.</param>
/// <param name="memoryMiB">How much memory they may have together.</param>
public sealed class HostQueue(int jobs, long memoryMiB)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private int _jobs;
    private long _memoryMiB;

    /// <summary>Without limits.</summary>
    public static HostQueue Unlimited() => new(int.MaxValue, long.MaxValue);

    /// <summary>How many may run at once.</summary>
    public int Jobs => jobs;

    /// <summary>How much memory they may have together.</summary>
    public long MemoryMiB => memoryMiB;

    /// <summary>The most jobs that there were at once so far.</summary>
    public int Most { get; private set; }

    /// <summary>Waits for room; disposing what comes back leaves again.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public async Task<IDisposable> EnterAsync(HostNeed need, CancellationToken cancel)
    {
        if (need.Jobs == 0 && need.MemoryMiB == 0)
            return new Place(() => { });
        var waiting = new Waiting(need);
        lock (_lock)
        {
            _waiting.Enqueue(waiting);
            Admit();
        }
        await using (
            cancel
                .Register(() =>
                {
                    waiting.Entered.TrySetCanceled(cancel);
                    lock (_lock)
                        Admit();
                })
                .ConfigureAwait(false)
        )
        {
            await waiting.Entered.Task.ConfigureAwait(false);
        }
        return new Place(() =>
        {
            lock (_lock)
            {
                _jobs -= need.Jobs;
                _memoryMiB -= need.MemoryMiB;
                Admit();
            }
        });
    }

    private void Admit()
    {
        while (_waiting.TryPeek(out var first))
        {
            if (first.Entered.Task.IsCompleted)
            {
                _waiting.Dequeue(); // It gave up.
                continue;
            }
            bool fits = _jobs + first.Need.Jobs <= jobs && _memoryMiB + first.Need.MemoryMiB <= memoryMiB;
            if (!fits && _jobs > 0)
                return;
            _waiting.Dequeue();
            if (!first.Entered.TrySetResult())
                continue;
            _jobs += first.Need.Jobs;
            _memoryMiB += first.Need.MemoryMiB;
            Most = Math.Max(Most, _jobs);
        }
    }

    private sealed record Waiting(HostNeed Need)
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Place(Action leave) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                leave();
        }
    }
}
