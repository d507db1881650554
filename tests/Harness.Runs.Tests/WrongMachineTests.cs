using Harness.Processes;
using Harness.Runs.Dispatch;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Runs.Tests;

public sealed class WrongMachineTests
{
    [Test]
    public async Task A_host_with_another_processor_is_refused_when_it_is_connected()
    {
        await using var host = new TargetProbeHost(new Machine("x86_64"), ProbeFile.Embedded);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await host.ConnectAsync(_ => { }, default));
        Assert.That(
            thrown!.Message,
            Is.EqualTo("target 'lab': it is x86_64 (kernel 7.2): the probe runs on aarch64 hosts")
        );
        Assert.That(thrown.IsBeforeUse, Is.True, "a mistake of the user");
    }

    [Test]
    public async Task An_arm64_host_is_connected_with_one_survey()
    {
        var machine = new Machine("aarch64");
        await using var host = new TargetProbeHost(machine, ProbeFile.Embedded);
        await host.ConnectAsync(_ => { }, default);
        await host.ConnectAsync(_ => { }, default);
        Assert.That(machine.Commands, Is.EqualTo(1));
    }

    [Test]
    public async Task A_host_without_a_folder_for_the_probe_is_refused_when_it_is_connected()
    {
        var machine = new Machine("aarch64", "unusable=/tmp: No space left on device");
        await using var host = new TargetProbeHost(machine, ProbeFile.Embedded);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await host.ConnectAsync(_ => { }, default));
        Assert.That(thrown!.Message, Does.Contain("no folder to start the probe from: /tmp: No space left on device"));
        Assert.That(thrown.IsBeforeUse, Is.True, "a setting of the user mends it");
    }

    private sealed class Machine(string processor, string folder = "base=/tmp") : ITarget, ITargetSession, IConnection
    {
        private readonly TaskCompletionSource<TargetException> _lost = new();

        public int Commands { get; private set; }

        public string Name => "lab";

        public string Target => Name;

        public TargetOrigin Origin => new("ssh", null, null);

        public IConnection Connection => this;

        public DeployedProbe? Probe => null;

        public Task<TargetException> Lost => _lost.Task;

        public string ConsoleTail => "";

        public Task<ITargetSession> OpenAsync(IProgress<TargetProgress>? progress, CancellationToken cancel) =>
            Task.FromResult<ITargetSession>(this);

        public Task<CommandResult> ExecAsync(
            string command,
            ProcessInput? input,
            TimeSpan? deadline,
            CancellationToken cancel
        )
        {
            Commands++;
            string survey = $"uid=0\nmachine={processor}\nrelease=7.2\nkvm=Usable\n{folder}\nend=end\n";
            return Task.FromResult(new CommandResult(0, survey, "", TimeSpan.Zero));
        }

        public Task<ILineChannel> StartAsync(string command, CancellationToken cancel) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
