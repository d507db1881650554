using Harness.Configuration;
using Harness.Images;
using Harness.Processes;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Ssh;

namespace Harness.Cli.Actions;

/// <summary>Makes hosts of the configuration's targets.</summary>
internal static class RunHosts
{
    /// <summary>
    /// Images that are missing are built, and machines that exist are connected to, so that what a user can mend is told
    /// before anything is stored. Machines of QEMU's are booted later, by the run.
    /// </summary>
    /// <returns>The hosts in the order of the targets, and the hash of the probe's bundle.</returns>
    public static async Task<(IReadOnlyList<RunHost> Hosts, string ProbeHash)> CreateAsync(
        IReadOnlyList<NamedTarget> targets, HarnessConsole console, CancellationToken cancel)
    {
        var bundle = Bundle();
        var runner = new ProcessRunner();
        string[] tracks = [.. targets.Select(t => t.Target).OfType<QemuTargetConfiguration>().Select(q => q.Track).Distinct()];
        var store = tracks.Length > 0 ? Images.Store() : null;
        if (store is not null && tracks.Any(t => store.Find(t) is null))
            await ImagesActions.BuildAsync(new BuildImagesRequest(tracks, Refresh: false), console with { Out = console.Error }, cancel).ConfigureAwait(false);
        // To find an image is to hash its sources: once a track, not once a target.
        var images = tracks.ToDictionary(t => t, t => store!.Find(t)!);

        var hosts = new List<RunHost>();
        try
        {
            foreach (var (name, target) in targets)
            {
                switch (target)
                {
                    case QemuTargetConfiguration qemu:
                        var image = images[qemu.Track];
                        var keys = store!.Keys!;
                        hosts.Add(new RunHost(
                            new TargetProbeHost(new QemuTarget(name, Spec(qemu, image), new GuestKeys(keys.HostPublicKey, keys.LoginKeyPath), runner), bundle),
                            "qemu", image.ContentHash));
                        break;
                    case SshTargetConfiguration ssh:
                        var host = new TargetProbeHost(new SshTarget(name, Options(ssh), runner), bundle);
                        hosts.Add(new RunHost(host, "ssh", null));
                        await host.OpenAsync(_ => { }, cancel).ConfigureAwait(false);
                        break;
                }
            }
            return (hosts, bundle.Hash);
        }
        catch
        {
            foreach (var host in hosts)
                await host.Host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ProbeBundle Bundle()
    {
        string builds = Path.Combine(Installation.Root
            ?? throw new UsageException("the probe's builds are not there: start the harness from its repository"),
            "src", "Harness.Probe", "bin", "Release");
        try
        {
            return ProbeBundle.Read(Path.Combine(builds, "net472"), Path.Combine(builds, "net10.0"));
        }
        catch (FileNotFoundException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static QemuSpec Spec(QemuTargetConfiguration target, GuestImage image) => new(image.KernelPath, image.InitrdPath, target.Cpu)
    {
        Cpus = target.Cpus,
        MemoryMiB = target.MemoryMiB,
        KnownMemoryMiB = target.KernelMemoryMiB,
        MachineOptions = target.Machine ?? [],
        User = target.User,
        KernelArguments =
        [
            .. target.Mode switch
            {
                KvmModeChoice.Nvhe => ["kvm-arm.mode=nvhe"],
                KvmModeChoice.Protected => ["kvm-arm.mode=protected"],
                _ => Array.Empty<string>(),
            },
            .. target.KernelArguments ?? [],
        ],
    };

    private static SshOptions Options(SshTargetConfiguration target) => new(target.Destination)
    {
        Port = target.Port,
        ConfigFile = target.SshConfig,
        IdentityFile = target.IdentityFile,
        KnownHostsFile = target.KnownHostsFile,
        HostKeys = target.HostKeys == HostKeyChoice.AcceptNew ? HostKeyPolicy.AcceptNew : HostKeyPolicy.Strict,
    };
}
