using System.Diagnostics;
using System.Globalization;
using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Qemu.Snapshots;
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
    /// <summary>A restored machine answers within a second; one that doesn't is not waited for as for a boot.</summary>
    private static readonly TimeSpan RestoreDeadline = TimeSpan.FromSeconds(20);

    /// <summary>SIGBUS: a page of a file could not be had, as on a full disk.</summary>
    private const int BusError = 7;

    private static readonly TimeSpan BetweenLogins = TimeSpan.FromMilliseconds(200);

    /// <summary>How long to wait, after a lost connection, for QEMU's end, which would explain it.</summary>
    private static readonly TimeSpan Explanation = TimeSpan.FromSeconds(1);

    public string Name { get; } = name;

    /// <summary>The probe in the guest's initramfs; null: it is deployed through ssh, as to a lab host.</summary>
    public ProbeFile? Probe { get; init; }

    /// <summary>
    /// Where booted machines are kept, to start from; null: it boots each time. So does a machine without the exporter
    /// module, which arms a restored machine's timers.
    /// </summary>
    public SnapshotStore? Snapshots { get; init; }

    public async Task<ITargetSession> OpenAsync(
        IProgress<TargetProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        foreach (var ended in await RunDirectory.ReapAsync().ConfigureAwait(false))
            progress?.Report(new(TargetStep.CleanedUp, $"ended {ended}"));
        return
            Snapshots is { } store
            && spec.LoadsExporter
            && await RestoreAsync(store, progress, cancel).ConfigureAwait(false) is { } restored
            ? restored
            : await StartAsync(spec, from: null, progress, cancel).ConfigureAwait(false);
    }

    /// <summary>From its snapshot, which is made where there is none; null where it has to boot.</summary>
    private async Task<ITargetSession?> RestoreAsync(
        SnapshotStore store,
        IProgress<TargetProgress>? progress,
        CancellationToken cancel
    )
    {
        Snapshot snapshot;
        try
        {
            string key = SnapshotKey.Of(spec, Probe?.Hash);
            snapshot = store.Find(key) ?? await MakeAsync(store, key, progress, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress?.Report(new(TargetStep.NoSnapshot, $"booting without a snapshot: {e.Message}"));
            return null;
        }
        try
        {
            var machine = spec with
            {
                MemoryFile = new MemoryFile(snapshot.Memory, Restored: true),
                BootDeadline = RestoreDeadline,
            };
            return await StartAsync(machine, snapshot, progress, cancel).ConfigureAwait(false);
        }
        catch (TargetException e)
        {
            SnapshotStore.Remove(snapshot);
            progress?.Report(new(TargetStep.NoSnapshot, $"booting: its snapshot does not start ({e.Message})"));
            return null;
        }
    }

    /// <summary>Boots the machine and saves it, once.</summary>
    /// <exception cref="IOException">There is no space for it.</exception>
    /// <exception cref="TargetException">The machine does not boot.</exception>
    private async Task<Snapshot> MakeAsync(
        SnapshotStore store,
        string key,
        IProgress<TargetProgress>? progress,
        CancellationToken cancel
    )
    {
        using var draft = store.Begin(key, (long)spec.MemoryMiB << 20);
        using var directory = RunDirectory.Create(Name);
        var saved = await WithProbeAsync(directory, cancel).ConfigureAwait(false) with
        {
            MemoryFile = new MemoryFile(draft.Memory, Restored: false),
        };
        progress?.Report(new(TargetStep.StartingQemu, "starting QEMU"));
        string version;
        await using (
            var machine = await QemuMachine.StartAsync(runner, Name, saved, directory, cancel).ConfigureAwait(false)
        )
        {
            progress?.Report(new(TargetStep.Booting, "booting"));
            try
            {
                await machine.WaitForSshAsync(cancel).ConfigureAwait(false);
                progress?.Report(new(TargetStep.Saving, "saving a snapshot"));
                await machine.Qmp.SaveAsync(draft.State, cancel).ConfigureAwait(false);
            }
            catch (QmpException e)
            {
                throw new IOException(e.Message, e);
            }
            catch (Exception e)
                when (e is TargetException or IOException
                    && machine.Exited is { IsCompletedSuccessfully: true, Result.Signal: BusError }
                )
            {
                throw new IOException($"QEMU can't write {draft.Memory}: is the disk full?", e);
            }
            version = machine.Version;
        }
        return draft.Commit(Name, version);
    }

    private async Task<ITargetSession> StartAsync(
        QemuSpec started,
        Snapshot? from,
        IProgress<TargetProgress>? progress,
        CancellationToken cancel
    )
    {
        var directory = RunDirectory.Create(Name);
        QemuMachine? machine = null;
        try
        {
            progress?.Report(new(TargetStep.StartingQemu, "starting QEMU"));
            machine = await QemuMachine
                .StartAsync(
                    runner,
                    Name,
                    from is null ? await WithProbeAsync(directory, cancel).ConfigureAwait(false) : started,
                    directory,
                    cancel
                )
                .ConfigureAwait(false);
            if (from is null)
                progress?.Report(new(TargetStep.Booting, "booting"));
            else
            {
                progress?.Report(new(TargetStep.Restoring, "restoring"));
                if (machine.Version != from.Notes.QemuVersion)
                    throw new TargetException(
                        TargetFailure.QemuDied,
                        Name,
                        $"it is of QEMU {from.Notes.QemuVersion}, this is {machine.Version}"
                    );
                await machine.RestoreAsync(from.State, cancel).ConfigureAwait(false);
            }
            var clock = Stopwatch.StartNew();
            await machine.WaitForSshAsync(cancel).ConfigureAwait(false);
            progress?.Report(new(TargetStep.LoggingIn, "logging in"));
            var transport = new SshNetTransport(
                Name,
                ResolvedHost.Guest(machine.SshPort, spec.User, keys.LoginKeyPath, keys.HostPublicKey)
            );
            var connection = await LoginAsync(transport, machine, clock, cancel).ConfigureAwait(false);
            if (from is not null)
                await ContinueAsync(connection, cancel).ConfigureAwait(false);
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

    /// <summary>
    /// Arms the timers, which QEMU does not restore (see the exporter module), and shows that each CPU's fires; then
    /// sets the clock, which has the time of the snapshot. A login that may not set it leaves it: no case reads it.
    /// </summary>
    /// <exception cref="TargetException">A timer does not fire, or the module is not loaded.</exception>
    private async Task ContinueAsync(IConnection connection, CancellationToken cancel)
    {
        var command = string.Create(
            CultureInfo.InvariantCulture,
            $"echo 1 > /sys/module/stage2_exporter/parameters/rearm_timers && for c in $(seq 0 {spec.Cpus - 1}); do taskset $((1 << c)) usleep 100 || exit 1; done && {{ date -u -s @{DateTimeOffset.UtcNow.ToUnixTimeSeconds()} > /dev/null 2>&1; true; }}"
        );
        var result = await connection
            .ExecAsync(command, input: null, TimeoutScale.Scale(RestoreDeadline), cancel)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            throw new TargetException(
                TargetFailure.BootTimeout,
                Name,
                $"its timers can't be armed: {result.Errors.Trim()}"
            );
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
                if (clock.Elapsed > TimeoutScale.Scale(machine.Spec.BootDeadline))
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
