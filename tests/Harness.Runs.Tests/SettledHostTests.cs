using System.Text;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Runs.Tests;

/// <summary>What a probe made on a lab host is removed, by the probe itself or by another.</summary>
public sealed class SettledHostTests
{
    [Test]
    public async Task A_probe_that_was_killed_is_followed_by_one_without_requests_when_the_host_is_left()
    {
        var machine = new Machine(exitCode: 128 + 9);
        await UseAsync(machine);
        Assert.That(machine.Executed, Has.Count.EqualTo(1).And.All.Contains("/tmp/probe --hash "));
    }

    [Test]
    public async Task A_probe_that_does_not_end_is_killed_first()
    {
        var machine = new Machine(exitCode: null);
        await UseAsync(machine);
        Assert.That(machine.Executed, Has.Count.EqualTo(2));
        string mark = machine.Started.Split(' ')[0];
        Assert.That(mark, Does.Match("^HARNESS_PROBE=[0-9a-f]{32}$"));
        Assert.That(
            machine.Executed[0],
            Does.Contain(mark).And.Contain("kill -9"),
            "those that have the mark, no others"
        );
        Assert.That(machine.Executed[1], Does.Contain("/tmp/probe --hash ").And.Not.Contain(mark));
    }

    [Test]
    public async Task A_probe_that_ended_in_order_has_removed_all()
    {
        var machine = new Machine(exitCode: 0);
        await UseAsync(machine);
        Assert.That(machine.Executed, Is.Empty);
    }

    [Test]
    public async Task A_host_that_is_lost_is_left_as_it_is()
    {
        var machine = new Machine(exitCode: 128 + 9);
        machine.Lose();
        await UseAsync(machine);
        Assert.That(machine.Executed, Is.Empty);
    }

    private static async Task UseAsync(Machine machine)
    {
        await using var host = new TargetProbeHost(machine, ProbeFile.Embedded);
        await using var link = await host.StartProbeAsync(_ => { }, default);
    }

    /// <param name="exitCode">Of a probe at the end of its input; null: it goes on.</param>
    private sealed class Machine(int? exitCode) : ITarget, ITargetSession, IConnection, ILineChannel
    {
        private readonly TaskCompletionSource<TargetException> _lost = new();
        private readonly TaskCompletionSource<ChannelEnd> _ended = new();

        public List<string> Executed { get; } = [];

        public string Started { get; private set; } = "";

        public string Name => "lab";

        public string Target => Name;

        public TargetOrigin Origin => new("ssh", null, null);

        public IConnection Connection => this;

        public DeployedProbe? Probe => new("/tmp/probe", ProbeFile.Embedded.Hash, WasThere: true);

        public Task<TargetException> Lost => _lost.Task;

        public string ConsoleTail => "";

        public Task<ChannelEnd> Ended => _ended.Task;

        public string ErrorTail => "";

        public string HalfLine => "";

        public void Lose() => _lost.SetResult(new TargetException(TargetFailure.SessionLost, Name, "it is gone"));

        public Task<ITargetSession> OpenAsync(IProgress<TargetProgress>? progress, CancellationToken cancel) =>
            Task.FromResult<ITargetSession>(this);

        public Task<CommandResult> ExecAsync(
            string command,
            ProcessInput? input,
            TimeSpan? deadline,
            CancellationToken cancel
        )
        {
            Executed.Add(command);
            return Task.FromResult(new CommandResult(0, "", "", TimeSpan.Zero));
        }

        public Task<ILineChannel> StartAsync(string command, CancellationToken cancel)
        {
            Started = command;
            return Task.FromResult<ILineChannel>(this);
        }

        public Task<byte[]?> ReceiveAsync(CancellationToken cancel) =>
            Task.FromResult<byte[]?>(
                Encoding.UTF8.GetBytes(
                    Encoding
                        .UTF8.GetString(
                            Messages.Line(new Hello(LineProtocol.Version, ProbeFile.Embedded.Hash, "", 1, ""))
                        )
                        .TrimEnd()
                )
            );

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel) => Task.CompletedTask;

        public Task CloseInputAsync()
        {
            if (exitCode is { } code)
                _ended.TrySetResult(new ChannelEnd(code, "", null));
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
