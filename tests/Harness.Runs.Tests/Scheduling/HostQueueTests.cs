using Harness.Runs.Scheduling;

namespace Harness.Runs.Tests.Scheduling;

public class HostQueueTests
{
    private static HostNeed Host(int memoryMiB = 100) => new(1, memoryMiB);

    [Test]
    public async Task As_many_as_there_are_jobs_run_at_once_and_the_next_goes_when_one_leaves()
    {
        var queue = new HostQueue(2, 1000);
        var first = await queue.EnterAsync(Host(), default);
        _ = await queue.EnterAsync(Host(), default);
        var third = queue.EnterAsync(Host(), default);
        Assert.That(third.IsCompleted, Is.False);

        first.Dispose();
        await third;
        Assert.That(queue.Most, Is.EqualTo(2));
    }

    [Test]
    public async Task Memory_is_budgeted_and_hosts_start_in_order()
    {
        var queue = new HostQueue(8, 1000);
        var small = await queue.EnterAsync(Host(600), default);
        var large = queue.EnterAsync(Host(900), default);
        var late = queue.EnterAsync(Host(100), default);
        Assert.That(
            (large.IsCompleted, late.IsCompleted),
            Is.EqualTo((false, false)),
            "there is room for the last, but it is not its turn"
        );

        small.Dispose();
        await large;
        await late;
    }

    [Test]
    public async Task A_host_larger_than_the_budget_runs_alone()
    {
        var queue = new HostQueue(4, 1000);
        var huge = await queue.EnterAsync(Host(5000), default);
        var next = queue.EnterAsync(Host(10), default);
        Assert.That(next.IsCompleted, Is.False);
        huge.Dispose();
        await next;
    }

    [TestCase(2, 10_000, ExpectedResult = 2, TestName = "As many as there are jobs")]
    [TestCase(9, 2500, ExpectedResult = 2, TestName = "As many as memory allows")]
    [TestCase(9, 500, ExpectedResult = 1, TestName = "One that is larger than the budget runs alone")]
    public int The_first_hosts_that_an_empty_queue_admits(int jobs, int memory) =>
        new HostQueue(jobs, memory).AtOnce(Enumerable.Repeat(new HostNeed(1, 1000), 5));

    [Test]
    public async Task A_machine_elsewhere_takes_no_place()
    {
        var queue = new HostQueue(1, 1000);
        _ = await queue.EnterAsync(Host(), default);
        _ = await queue.EnterAsync(HostNeed.Elsewhere, default);
        Assert.That(queue.Most, Is.EqualTo(1));
    }

    [Test]
    public async Task A_cancelled_waiter_leaves_its_place_to_the_next()
    {
        var queue = new HostQueue(2, 1000);
        var first = await queue.EnterAsync(Host(600), default);
        using var cancel = new CancellationTokenSource();
        var large = queue.EnterAsync(Host(900), cancel.Token);
        var small = queue.EnterAsync(Host(100), default);
        await cancel.CancelAsync();

        Assert.That(async () => await large, Throws.InstanceOf<OperationCanceledException>());
        _ = await small;
        first.Dispose();
        first.Dispose();
        _ = await queue.EnterAsync(Host(), default);
        var more = queue.EnterAsync(Host(), default);
        Assert.That(more.IsCompleted, Is.False, "leaving twice leaves once");
    }

    [Test]
    public void The_room_for_hosts_is_what_the_machine_has_free()
    {
        Assert.That(
            HostScheduler.Available(["MemTotal:       24589284 kB", "MemFree:  1 kB", "MemAvailable:    8388608 kB"]),
            Is.EqualTo(8192)
        );
        var room = new HostScheduler(3, 8192);
        Assert.That((room.Queue(null).Jobs, room.Queue(7).Jobs, room.Queue(null).MemoryMiB), Is.EqualTo((3, 7, 7168L)));
        Assert.That(HostScheduler.OfThisMachine().AvailableMiB, Is.Positive);
    }
}
