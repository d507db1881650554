using System.Globalization;
using Harness.Images;
using Harness.Processes;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Qemu;
using Harness.Targets.Qemu.Snapshots;
using Harness.Targets.Transport;

namespace Harness.Chaos;

/// <summary>A booted arm64 machine with KVM that serves as lab host, with a way in that no fault affects.</summary>
internal sealed class Guest : IAsyncDisposable
{
    private readonly ITargetSession _session;

    private Guest(ITargetSession session, int pid)
    {
        _session = session;
        Pid = pid;
        SshPort = ListeningPorts.Of(pid)[0];
    }

    public int Pid { get; }

    /// <summary>On the loopback.</summary>
    public int SshPort { get; }

    /// <summary>QEMU's -cpu: with FWB and DIC.</summary>
    public const string Cpu = "max,pauth-impdef=on,sve=off,sme=off";

    /// <param name="images">Has the track's image.</param>
    /// <param name="track">The kernel track.</param>
    /// <param name="cpu">QEMU's -cpu.</param>
    /// <param name="machine">Options of QEMU's machine: "mte=on".</param>
    /// <exception cref="TargetException">It does not start.</exception>
    public static async Task<Guest> StartAsync(
        ImageStore images,
        string track,
        string cpu = Cpu,
        IReadOnlyList<string>? machine = null
    )
    {
        var image = images.Find(track)
            ?? throw new InvalidOperationException($"there is no image: scripts/harness images build {track}");
        var before = ProcessTree.Below(Environment.ProcessId).ToHashSet();
        var target = new QemuTarget(
            "lab",
            new QemuSpec(image.KernelPath, image.InitrdPath, cpu)
            {
                Hashes = image.Hashes,
                MachineOptions = machine ?? [],
            },
            new GuestKeys(images.Keys!.HostPublicKey, images.Keys.LoginKeyPath),
            new ProcessRunner()
        )
        {
            Probe = ProbeFile.Embedded,
            Snapshots = new SnapshotStore(Path.Combine(ImageStore.DefaultFolder, "snapshots")),
        };
        var session = await target.OpenAsync().ConfigureAwait(false);
        int pid = ProcessTree.QemuOf(Environment.ProcessId, except: before)!.Value;
        return new Guest(session, pid);
    }

    /// <summary>Runs a command as root, and returns its output.</summary>
    /// <exception cref="InvalidOperationException">It fails.</exception>
    public async Task<string> RunAsync(string command, ProcessInput? input = null)
    {
        var result = await _session.Connection.ExecAsync(command, input).ConfigureAwait(false);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"on the host, '{command}' ended with {result.ExitCode}: {result.Errors.Trim()}"
                )
            );
    }

    /// <summary>Its processes, but for kernel threads.</summary>
    public async Task<IReadOnlyList<HostProcess>> ProcessesAsync() =>
        [
            .. (await RunAsync("ps -o pid,ppid,args").ConfigureAwait(false))
                .Split('\n')
                .Skip(1)
                .Select(HostProcess.Parse)
                .OfType<HostProcess>(),
        ];

    /// <summary>The probe's processes that serve a harness.</summary>
    public async Task<ProbeProcesses> ProbesAsync() =>
        ProbeProcesses.Among(await ProcessesAsync().ConfigureAwait(false));

    /// <summary>Signals processes; those that have ended meanwhile are no error.</summary>
    public async Task SignalAsync(string signal, IEnumerable<int> pids)
    {
        if (string.Join(' ', pids) is { Length: > 0 } all)
            await RunAsync($"kill -{signal} {all} 2> /dev/null; true").ConfigureAwait(false);
    }

    /// <summary>Runs a command that ends the machine, so that nothing returns.</summary>
    public async Task EndAsync(string command)
    {
        try
        {
            await _session.Connection.ExecAsync(command, deadline: TimeSpan.FromSeconds(10)).ConfigureAwait(false);
        }
        catch (TargetException)
        {
            // As it should.
        }
    }

    /// <summary>Starts a probe there that serves no run.</summary>
    public async Task<ProbeChannel> StartProbeAsync() =>
        await ProbeChannel.StartAsync(_session.Connection, _session.Probe!).ConfigureAwait(false);

    public ValueTask DisposeAsync() => _session.DisposeAsync();
}
