using System.Diagnostics;
using System.Globalization;
using Harness.Chaos;
using Harness.Images;
using Harness.Processes;
using Harness.Targets;

namespace Harness.Sabotage;

/// <summary>
/// A booted host with the module stage2_sabotage, which is loaded into the running kernel over ssh and is in no image.
/// </summary>
internal sealed class SabotagedHost : IAsyncDisposable
{
    public const string Module = "stage2_sabotage";

    private const string Folder = $"/sys/kernel/debug/{Module}";

    private readonly string _program;
    private readonly ImageStore _images;
    private readonly string _module;
    private Guest _guest;

    private SabotagedHost(string program, ImageStore images, SabotageTarget target, string module, Guest guest)
    {
        _program = program;
        _images = images;
        Target = target;
        _module = module;
        _guest = guest;
    }

    public SabotageTarget Target { get; }

    /// <summary>Compiles the module if need be, boots, and loads it.</summary>
    /// <param name="program">harness.dll.</param>
    /// <param name="target">The kernel and the CPU.</param>
    /// <param name="log">Receives a line for each step of a compilation.</param>
    /// <exception cref="ImageException">There is no image, or the module can't be compiled.</exception>
    /// <exception cref="TargetException">The host does not start.</exception>
    public static async Task<SabotagedHost> StartAsync(string program, SabotageTarget target, TextWriter log)
    {
        string sources = Path.Combine(Repository.Root, "guest-images");
        var images = new ImageStore(new ImageSources(sources), ImageStore.DefaultFolder);
        var image = images.Find(target.Track)
            ?? throw new ImageException($"there is no image: scripts/harness images build {target.Track}");
        string module = await new ImageBuilder(images, new ProcessRunner())
            .CompileAsync(
                image,
                Path.Combine(sources, "sabotage"),
                Module + ".ko",
                new Progress<ImageProgress>(p => log.WriteLine($"sabotage: {p.Step}")),
                default
            )
            .ConfigureAwait(false);
        var host = new SabotagedHost(
            program,
            images,
            target,
            module,
            await BootAsync(images, target).ConfigureAwait(false)
        );
        await host.LoadAsync().ConfigureAwait(false);
        return host;
    }

    /// <summary>The names that the module knows, each with its function.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ListAsync() =>
        (await _guest.RunAsync($"cat {Folder}/list").ConfigureAwait(false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split(' '))
            .ToDictionary(w => w[0], w => w[1]);

    /// <summary>From now on the kernel decides wrongly; the count of how often begins at 0.</summary>
    /// <returns>False if this kernel can't be made to.</returns>
    public async Task<bool> ArmAsync(string name)
    {
        try
        {
            await _guest.RunAsync($"echo {name} > {Folder}/armed").ConfigureAwait(false);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>How often the kernel took the wrong decision; null if it doesn't answer any more.</summary>
    public async Task<long?> FiredAsync()
    {
        try
        {
            string line = await _guest.RunAsync($"cat {Folder}/armed").ConfigureAwait(false);
            return long.Parse(line.Trim().Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is TargetException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <returns>False if the kernel doesn't answer any more.</returns>
    public async Task<bool> DisarmAsync()
    {
        try
        {
            await _guest.RunAsync($"echo none > {Folder}/armed").ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is TargetException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A fresh host in the place of one that is damaged.</summary>
    public async Task ReplaceAsync()
    {
        await _guest.DisposeAsync().ConfigureAwait(false);
        _guest = await BootAsync(_images, Target).ConfigureAwait(false);
        await LoadAsync().ConfigureAwait(false);
    }

    /// <summary>Runs cases as users do, against the host as a lab machine.</summary>
    public async Task<HarnessRun> RunAsync(string filter)
    {
        var clock = Stopwatch.StartNew();
        using var place = new Workplace();
        string known = place.Write("known_hosts", $"[127.0.0.1]:{_guest.SshPort} {_images.Keys!.HostPublicKey}\n");
        string configuration = place.Write(
            "harness.json",
            $$"""
            { "targets": { "sabotaged": {{GuestSsh.Target(
                _images.Keys.LoginKeyPath,
                _guest.SshPort,
                known
            )}} }, "suites": {} }
            """
        );
        string[] arguments =
        [
            "run",
            "--config",
            configuration,
            "--target",
            "sabotaged",
            "--filter",
            filter,
            "--db",
            place.Database,
        ];
        using var run = HarnessProcess.Start(_program, place, arguments, []);
        var end = await run.Ended.ConfigureAwait(false);
        return new HarnessRun(end, StoredRun.Read(place.Database)?.Rows ?? [], clock.Elapsed);
    }

    public ValueTask DisposeAsync() => _guest.DisposeAsync();

    private static Task<Guest> BootAsync(ImageStore images, SabotageTarget target) =>
        Guest.StartAsync(images, target.Track, target.QemuCpu, target.Machine);

    private async Task LoadAsync()
    {
        await _guest
            .RunAsync(
                $"cat > /tmp/{Module}.ko && insmod /tmp/{Module}.ko",
                new ProcessInput.Bytes(await File.ReadAllBytesAsync(_module).ConfigureAwait(false))
            )
            .ConfigureAwait(false);
    }
}
