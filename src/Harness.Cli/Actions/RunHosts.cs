using Harness.Cli.Configuration;
using Harness.Images;
using Harness.Processes;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Migrating;
using Harness.Runs.Pools;
using Harness.Runs.Scheduling;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Locks;
using Harness.Targets.Qemu;
using Harness.Targets.Qemu.Snapshots;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Cli.Actions;

/// <summary>As <see cref="RunHosts.Create"/>.</summary>
internal delegate IReadOnlyList<RunHost> HostCreation(
    ProbeFile probe,
    IReadOnlyList<NamedTarget> targets,
    HostUse use,
    LocalKernel? local
);

/// <summary>Creates hosts from the configuration's targets.</summary>
internal static class RunHosts
{
    /// <summary>
    /// Nothing is built, booted or connected yet: the run does that, host by host, so that a problem of one does not
    /// affect the others.
    /// </summary>
    /// <param name="probe">The probe to deploy.</param>
    /// <param name="targets">Of the configuration.</param>
    /// <param name="use">How lab hosts are used.</param>
    /// <param name="local">A kernel that all of them boot instead of their tracks', or null.</param>
    /// <returns>The hosts in the order of the targets.</returns>
    /// <exception cref="UnknownTrackException">There is no such track.</exception>
    public static IReadOnlyList<RunHost> Create(
        ProbeFile probe,
        IReadOnlyList<NamedTarget> targets,
        HostUse use,
        LocalKernel? local = null
    ) => [.. targets.Select(Maker(probe, targets, use, local))];

    /// <summary>
    /// Connects to the only host, if it is a lab host: that it can't be reached is reported before anything is stored.
    /// </summary>
    /// <exception cref="TargetException">It can't be reached.</exception>
    public static async Task ConnectOnlyAsync(IReadOnlyList<RunHost> hosts, HostUse use, CancellationToken cancel)
    {
        if (hosts is [{ Host: TargetProbeHost only }])
            await only.ConnectAsync(use.ReportUse(only.Name), cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// As <see cref="Create"/>, for hosts that are started several times: each call creates one anew.
    /// </summary>
    /// <exception cref="UnknownTrackException">There is no such track.</exception>
    public static IReadOnlyList<HostMaker> Makers(ProbeFile probe, IReadOnlyList<NamedTarget> targets, HostUse use)
    {
        var make = Maker(probe, targets, use, local: null);
        return [.. targets.Select(t => new HostMaker(t.Name, KindOf(t), () => make(t)))];
    }

    private static Func<NamedTarget, RunHost> Maker(
        ProbeFile probe,
        IReadOnlyList<NamedTarget> targets,
        HostUse use,
        LocalKernel? local
    )
    {
        var runner = new ProcessRunner();
        string[] tracks =
        [
            .. targets.Select(t => t.Target).OfType<QemuTargetConfiguration>().Select(q => q.Track).Distinct(),
        ];
        // A kernel of the user's own is built anew each time: a snapshot of it would be used once.
        var snapshots = use.Cold || local is not null ? null : Images.Snapshots();
        var images = tracks.Length > 0 ? new TrackImages(Images.Store(), tracks, local) : null;
        return named =>
            named.Target switch
            {
                QemuTargetConfiguration qemu => new RunHost(
                    Booted(named.Name, qemu, images!, probe, runner, use, snapshots),
                    KindOf(named)
                )
                {
                    Need = new HostNeed(1, MemoryOf(qemu, images!).All + HostScheduler.MiBOfEmulator),
                },
                SshTargetConfiguration ssh => new RunHost(
                    Reached(named.Name, ssh, probe, runner, use, use.Wait),
                    KindOf(named)
                ),
                PoolTargetConfiguration pool => new RunHost(
                    Pooled(named.Name, pool, probe, runner, use),
                    KindOf(named)
                ),
                _ => throw new InvalidOperationException($"target '{named.Name}' is of no kind"),
            };
    }

    private static string KindOf(NamedTarget named) =>
        named.Target is QemuTargetConfiguration ? Store.HostKinds.Qemu : Store.HostKinds.Ssh;

    /// <summary>A lab host.</summary>
    public static TargetProbeHost Lab(string name, SshTargetConfiguration ssh, ProbeFile probe, HostUse use) =>
        Reached(name, ssh, probe, new ProcessRunner(), use, use.Wait);

    private static SshTarget Lab(
        string name,
        SshTargetConfiguration ssh,
        HostUse use,
        ProcessRunner runner,
        TimeSpan wait
    ) =>
        new(name, Options(ssh), runner)
        {
            Holder = LockHolder.ThisProcess(use.Purpose),
            Wait = wait,
            Transport = Kind(ssh.Transport),
        };

    private static TargetProbeHost Reached(
        string name,
        SshTargetConfiguration ssh,
        ProbeFile probe,
        ProcessRunner runner,
        HostUse use,
        TimeSpan wait
    ) =>
        new(Lab(name, ssh, use, runner, wait), probe, pciDevices: ssh.Pci)
        {
            Workers = use.Workers,
            Sudo = ssh.Become == BecomeChoice.Sudo,
            Folder = ssh.Folder,
        };

    /// <summary>Waiting for a machine is waiting for the first that is free, not for each of them.</summary>
    private static PoolHost Pooled(
        string name,
        PoolTargetConfiguration pool,
        ProbeFile probe,
        ProcessRunner runner,
        HostUse use
    )
    {
        var cases = HealthCheck.Choose(CasesAction.Select(pool.Health ?? PoolTargetConfiguration.UsualHealth));
        return new PoolHost(
            name,
            [
                .. pool.Machines.Select(m => new PoolMachine(m.Key, () =>
                    Reached(m.Key, m.Value, probe, runner, use, TimeSpan.Zero)
                )),
            ],
            (host, phase, cancel) => HealthCheck.ReasonAsync(host, cases, phase, cancel)
        )
        {
            Wait = use.Wait,
        };
    }

    private static DeferredProbeHost Booted(
        string name,
        QemuTargetConfiguration qemu,
        TrackImages images,
        ProbeFile probe,
        ProcessRunner runner,
        HostUse use,
        SnapshotStore? snapshots
    ) => new(name, async (phase, cancel) =>
        {
            var image = await images.GetAsync(qemu.Track, phase, cancel).ConfigureAwait(false);
            return new TargetProbeHost(
                Machine(name, qemu, MemoryOf(qemu, images), image, images.Keys, probe, runner, snapshots),
                probe,
                image.ContentHash,
                qemu.PciMemory ? [QemuSpec.PciMemoryAddress] : []
            )
            {
                Notice = what => use.Print($"{name}: {what}"),
                Workers = use.Workers,
            };
        });

    internal static QemuTarget Machine(
        string name,
        QemuTargetConfiguration qemu,
        MachineMemory memory,
        GuestImage image,
        ImageKeys keys,
        ProbeFile probe,
        ProcessRunner runner,
        SnapshotStore? snapshots
    ) =>
        new(name, Spec(qemu, memory, image), new GuestKeys(keys.HostPublicKey, keys.LoginKeyPath), runner)
        {
            Probe = probe,
            Snapshots = image.NoExporter is null ? snapshots : null,
        };

    private static MachineMemory MemoryOf(QemuTargetConfiguration qemu, TrackImages images) =>
        MachineMemory.For(qemu.MemoryMiB, qemu.KernelMemoryMiB, images.PageKiBOf(qemu.Track));

    private static QemuSpec Spec(QemuTargetConfiguration target, MachineMemory memory, GuestImage image) =>
        new(image.KernelPath, image.InitrdPath, target.Cpu)
        {
            Hashes = image.Hashes,
            BuildCommand = $"{Hint.Program} images build {target.Track}",
            Cpus = target.Cpus,
            MemoryMiB = memory.All,
            KnownMemoryMiB = memory.OfKernel,
            BlockMiB = memory.Block,
            MachineOptions = target.Machine ?? [],
            User = target.User,
            PciMemoryMiB = target.PciMemory ? memory.OfPci : null,
            KernelArguments =
            [
                .. target.Mode switch
                {
                    KvmModeChoice.Nvhe => ["kvm-arm.mode=nvhe"],
                    KvmModeChoice.Protected => ["kvm-arm.mode=protected"],
                    KvmModeChoice.Nested => ["kvm-arm.mode=nested"],
                    _ => Array.Empty<string>(),
                },
                .. memory.Movable > 0 ? [$"movablecore={memory.Movable}M"] : Array.Empty<string>(),
                .. target.KernelArguments ?? [],
            ],
        };

    private static TransportKind Kind(TransportChoice choice) =>
        choice == TransportChoice.OpenSsh ? TransportKind.OpenSsh : TransportKind.SshNet;

    private static SshOptions Options(SshTargetConfiguration target) =>
        new(target.Destination)
        {
            Port = target.Port,
            ConfigFile = target.SshConfig,
            IdentityFile = target.IdentityFile,
            KnownHostsFile = target.KnownHostsFile,
            HostKeys = target.HostKeys == HostKeyChoice.AcceptNew ? HostKeyPolicy.AcceptNew : HostKeyPolicy.Strict,
        };
}
