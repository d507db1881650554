using Harness.Runs.Dispatch;
using Harness.Runs.KernelLogs;

namespace Harness.Runs.Tests;

/// <summary>A host that is started before the run is planned.</summary>
public sealed class EarlyHostTests
{
    private sealed class SlowHost : IProbeHost
    {
        public TaskCompletionSource<IProbeLink> Started { get; } = new();

        public TaskCompletionSource Begun { get; } = new();

        public int Starts { get; private set; }

        public int Prepared { get; private set; }

        public int Disposed { get; private set; }

        public string Name => "slow";

        public string? Lost => null;

        public KernelReport? Crash => null;

        public int? Workers => 1;

        public IReadOnlyDictionary<string, string> Platform => new Dictionary<string, string>();

        public Task PrepareAsync(Action<string> phase, CancellationToken cancel)
        {
            Prepared++;
            return Task.CompletedTask;
        }

        public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
        {
            Starts++;
            phase("booting");
            Begun.SetResult();
            return await Started.Task.WaitAsync(cancel);
        }

        public ValueTask DisposeAsync()
        {
            Disposed++;
            return ValueTask.CompletedTask;
        }
    }

    private sealed class NoLink : IProbeLink
    {
        public bool Disposed { get; private set; }

        public string ProbeHash => "";

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel) => Task.CompletedTask;

        public Task<byte[]> ReceiveAsync(CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }

    [Test]
    public async Task It_is_started_once_and_its_current_phase_is_reported()
    {
        var slow = new SlowHost();
        await using var early = new EarlyHost(slow);
        early.Begin();
        await slow.Begun.Task;
        var phases = new List<string>();
        await early.PrepareAsync(phases.Add, default);
        var starting = early.StartProbeAsync(phases.Add, default);
        var link = new NoLink();
        slow.Started.SetResult(link);
        Assert.That(await starting, Is.SameAs(link));
        Assert.That(phases, Is.EqualTo(["booting"]));
        Assert.That((slow.Prepared, slow.Starts), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task Its_failure_is_reported_when_the_probe_is_wanted()
    {
        var slow = new SlowHost();
        await using var early = new EarlyHost(slow);
        early.Begin();
        slow.Started.SetException(new HostUnavailableException("no memory"));
        Assert.That(
            async () => await early.StartProbeAsync(_ => { }, default),
            Throws.TypeOf<HostUnavailableException>().With.Message.EqualTo("no memory")
        );
    }

    [Test]
    public async Task Disposing_one_that_was_not_needed_stops_it_once()
    {
        var slow = new SlowHost();
        var early = new EarlyHost(slow);
        early.Begin();
        await slow.Begun.Task;
        await early.DisposeAsync();
        await early.DisposeAsync();
        Assert.That(slow.Disposed, Is.EqualTo(1));
    }

    [Test]
    public async Task Disposing_one_with_a_probe_that_was_not_needed_ends_the_probe()
    {
        var slow = new SlowHost();
        var early = new EarlyHost(slow);
        early.Begin();
        var link = new NoLink();
        slow.Started.SetResult(link);
        await early.DisposeAsync();
        Assert.That(link.Disposed);
    }

    [Test]
    public async Task Cancelling_the_start_stops_it()
    {
        var slow = new SlowHost();
        await using var early = new EarlyHost(slow);
        early.Begin();
        using var stop = new CancellationTokenSource();
        var starting = early.StartProbeAsync(_ => { }, stop.Token);
        await stop.CancelAsync();
        Assert.That(async () => await starting, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task One_that_has_not_begun_is_started_when_the_probe_is_wanted()
    {
        var slow = new SlowHost();
        await using var early = new EarlyHost(slow);
        await early.PrepareAsync(_ => { }, default);
        var link = new NoLink();
        slow.Started.SetResult(link);
        Assert.That(await early.StartProbeAsync(_ => { }, default), Is.SameAs(link));
        Assert.That((slow.Prepared, slow.Starts), Is.EqualTo((1, 1)));
    }

    [Test]
    public void What_is_known_of_the_host_is_known_of_it()
    {
        var crash = KernelCrash.In("Kernel panic - not syncing: HYP panic:");
        var host = new FakeHost
        {
            Answer = _ => null,
            Lost = "gone",
            Crash = crash,
            Workers = 3,
        };

        var early = new EarlyHost(host);

        Assert.That((early.Lost, early.Crash, early.Workers), Is.EqualTo(("gone", crash, (int?)3)));
    }
}
