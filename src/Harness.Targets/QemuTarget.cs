using System.Diagnostics;
using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.SshNet;
using Harness.Targets.Transport;

namespace Harness.Targets;

/// <summary>The keys that were generated with a guest image.</summary>
/// <param name="HostPublicKey">"ssh-ed25519 AAAA...": the only host key that the harness accepts.</param>
/// <param name="LoginKeyPath">The private key that every login accepts; readable by its owner only.</param>
public sealed record GuestKeys(string HostPublicKey, string LoginKeyPath);

/// <summary>A machine that the harness boots under QEMU.</summary>
public sealed class QemuTarget(string name, QemuSpec spec, GuestKeys keys, IProcessRunner runner) : ITarget
{
    private static readonly TimeSpan BetweenLogins = TimeSpan.FromMilliseconds(200);

    /// <summary>How long to wait, after a lost connection, for QEMU's end, which would explain it.</summary>
    private static readonly TimeSpan Explanation = TimeSpan.FromSeconds(1);

    public string Name { get; } = name;

    /// <summary>The probe in the guest's initramfs; null: it is deployed through ssh, as to a lab host.</summary>
    public ProbeFile? Probe { get; init; }

    public async Task<ITargetSession> OpenAsync(
        IProgress<TargetProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        foreach (var ended in await RunDirectory.ReapAsync().ConfigureAwait(false))
            progress?.Report(new(TargetStep.CleanedUp, $"ended {ended}"));
        var directory = RunDirectory.Create(Name);
        QemuMachine? machine = null;
        try
        {
            progress?.Report(new(TargetStep.StartingQemu, "starting QEMU"));
            machine = await QemuMachine
                .StartAsync(
                    runner,
                    Name,
                    await WithProbeAsync(directory, cancel).ConfigureAwait(false),
                    directory,
                    cancel
                )
                .ConfigureAwait(false);
            progress?.Report(new(TargetStep.Booting, "booting"));
            var clock = Stopwatch.StartNew();
            await machine.WaitForSshAsync(cancel).ConfigureAwait(false);
            progress?.Report(new(TargetStep.LoggingIn, "logging in"));
            var transport = new SshNetTransport(
                Name,
                ResolvedHost.Guest(machine.SshPort, spec.User, keys.LoginKeyPath, keys.HostPublicKey)
            );
            var connection = await LoginAsync(transport, machine, clock, cancel).ConfigureAwait(false);
            return new Session(directory, machine, connection)
            {
                Probe = Probe is null ? null : new DeployedProbe(InitrdWithProbe.ProbePath, Probe.Hash, WasThere: true),
            };
        }
        catch
        {
            if (machine is not null)
                await machine.DisposeAsync().ConfigureAwait(false);
            directory.Dispose();
            throw;
        }
    }

    private async Task<QemuSpec> WithProbeAsync(RunDirectory directory, CancellationToken cancel)
    {
        if (Probe is null || !File.Exists(spec.InitrdPath))
            return spec;
        var path = directory.PathOf("initrd");
        try
        {
            await InitrdWithProbe.WriteAsync(spec.InitrdPath, Probe.Content, path, cancel).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new TargetException(
                TargetFailure.Configuration,
                Name,
                $"{path} can't be written ({e.Message}): make space there",
                inner: e
            );
        }
        return spec with { InitrdPath = path };
    }

    /// <summary>A guest that has just booted may still drop a connection; the boot deadline covers that too.</summary>
    private async Task<IConnection> LoginAsync(
        SshNetTransport transport,
        QemuMachine machine,
        Stopwatch clock,
        CancellationToken cancel
    )
    {
        while (true)
        {
            try
            {
                return await transport.ConnectAsync(cancel).ConfigureAwait(false);
            }
            catch (TargetException e)
                when (e.Failure is TargetFailure.Refused or TargetFailure.Timeout or TargetFailure.ClosedEarly)
            {
                if (machine.Exited.IsCompleted)
                    throw await machine.DeathAsync().ConfigureAwait(false);
                if (clock.Elapsed > TimeoutScale.Scale(spec.BootDeadline))
                    throw new TargetException(
                        TargetFailure.BootTimeout,
                        Name,
                        "the guest's sshd speaks, but no login succeeds within the boot deadline: see the details",
                        $"{e.Details}\n--- console ---\n{machine.ConsoleTail}",
                        e
                    );
                await Task.Delay(BetweenLogins, cancel).ConfigureAwait(false);
            }
        }
    }

    private sealed class Session : ITargetSession
    {
        private readonly RunDirectory _directory;
        private readonly QemuMachine _machine;
        private readonly TaskCompletionSource<TargetException> _lost = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        private volatile bool _closing;

        public Session(RunDirectory directory, QemuMachine machine, IConnection connection)
        {
            _directory = directory;
            _machine = machine;
            Connection = connection;
            Origin = new("qemu", machine.Version, machine.CommandLine);
            _ = WatchAsync();
        }

        public TargetOrigin Origin { get; }

        public IConnection Connection { get; }

        public DeployedProbe? Probe { get; init; }

        public Task<TargetException> Lost => _lost.Task;

        public string ConsoleTail => _machine.ConsoleTail;

        public async ValueTask DisposeAsync()
        {
            _closing = true;
            await Connection.DisposeAsync().ConfigureAwait(false);
            await _machine.DisposeAsync().ConfigureAwait(false);
            _directory.Dispose();
        }

        private async Task WatchAsync()
        {
            var first = await Task.WhenAny(_machine.Exited, Connection.Lost).ConfigureAwait(false);
            if (first == Connection.Lost)
                await Task.WhenAny(_machine.Exited, Task.Delay(TimeoutScale.Scale(Explanation))).ConfigureAwait(false);
            if (_closing)
                return;
            _lost.TrySetResult(
                _machine.Exited.IsCompleted
                    ? await _machine.DeathAsync().ConfigureAwait(false)
                    : await Connection.Lost.ConfigureAwait(false)
            );
        }
    }
}
