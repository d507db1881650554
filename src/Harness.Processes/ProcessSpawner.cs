using System.Collections.Concurrent;

namespace Harness.Processes;

/// <summary>
/// The one thread that starts children. The kernel kills them when it ends, which is when this process ends, in any
/// way: PR_SET_PDEATHSIG refers to the thread that forked (prctl(2)), and the threads of a pool end earlier.
/// </summary>
internal static class ProcessSpawner
{
    private static readonly BlockingCollection<Action> s_orders = Begin();

    /// <summary>Starts something on that thread. It must not block.</summary>
    public static T Start<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        s_orders.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> Begin()
    {
        var orders = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var order in orders.GetConsumingEnumerable())
                order();
        })
        {
            IsBackground = true,
            Name = "spawner",
        }.Start();
        return orders;
    }
}
