namespace Harness.Runs.Scheduling;

/// <summary>
/// Admits hosts as resources allow, first come first served, so that large ones are not starved. One that needs more
/// than the total runs alone.
/// </summary>
/// <param name="jobs">How many run at once; 1 or more.</param>
/// <param name="memoryMiB">How much memory they may use together.</param>
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

    /// <summary>How much memory they may use together.</summary>
    public long MemoryMiB => memoryMiB;

    /// <summary>The maximum number of concurrent jobs so far.</summary>
    public int Most { get; private set; }

    /// <summary>How many of these hosts, from the first on, an empty queue admits without a wait.</summary>
    public int AtOnce(IEnumerable<HostNeed> needs)
    {
        int count = 0;
        int used = 0;
        long usedMiB = 0;
        foreach (var need in needs)
        {
            used += need.Jobs;
            usedMiB += need.MemoryMiB;
            if (used > need.Jobs && (used > jobs || usedMiB > memoryMiB))
                break;
            count++;
        }
        return count;
    }

    /// <summary>Waits for resources; disposing the result releases them.</summary>
    /// <exception cref="OperationCanceledException">Cancelled during the wait.</exception>
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
                _waiting.Dequeue(); // It was cancelled.
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
