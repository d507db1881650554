using Harness.Cli.Actions;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.KernelLogs;

namespace Harness.Cli.Tests;

public class EarlyStartTests
{
    [Test]
    public async Task A_host_that_was_connected_for_a_run_that_turns_out_to_be_invalid_is_disposed()
    {
        var host = new Connected();
        await using (new EarlyStart([new RunHost(host, "ssh")]))
            Assert.That(host.Disposed, Is.Zero);
        Assert.That(host.Disposed, Is.EqualTo(1));
    }

    private sealed class Connected : IProbeHost
    {
        public int Disposed { get; private set; }

        public string Name => "lab";

        public string? Lost => null;

        public KernelReport? Crash => null;

        public int? Workers => null;

        public IReadOnlyDictionary<string, string> Platform => new Dictionary<string, string>();

        public Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            Disposed++;
            return ValueTask.CompletedTask;
        }
    }
}
