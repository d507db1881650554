using Harness.Images;
using Harness.Store;

namespace Harness.Chaos;

/// <summary>
/// What all trials share: a lab host behind a network that can fail, and what comes out of a run without any fault.
/// </summary>
internal sealed class Lab : IAsyncDisposable
{
    /// <summary>Some 40 cases over anonymous memory: enough for a run of seconds.</summary>
    public const string Cases = "cover=yes & family=core & backing=anonymous";

    /// <summary>The target that the harness reaches over ssh.</summary>
    public const string Host = "lab";

    /// <summary>The same through another ssh server.</summary>
    public const string Front = "front";

    /// <summary>The target that the harness boots.</summary>
    public const string Booted = "booted";

    private readonly Dictionary<string, IReadOnlyDictionary<string, ResultRow>> _usual = [];

    private Lab(string program, ImageStore images, string track, Guest guest)
    {
        Program = program;
        Images = images;
        Track = track;
        Guest = guest;
        Network = new TcpProxy(guest.SshPort);
    }

    /// <summary>harness.dll.</summary>
    public string Program { get; }

    public ImageStore Images { get; }

    /// <summary>Of all hosts.</summary>
    public string Track { get; }

    public ImageKeys Keys => Images.Keys!;

    public Guest Guest { get; private set; }

    public TcpProxy Network { get; }

    /// <summary>What the host has when it is not used.</summary>
    public IReadOnlyList<string> Idle { get; private set; } = [];

    public static async Task<Lab> StartAsync(string program, string guestImages, string track = "7.2")
    {
        var images = new ImageStore(new ImageSources(guestImages), ImageStore.DefaultFolder);
        return new Lab(program, images, track, await Guest.StartAsync(images, track).ConfigureAwait(false));
    }

    /// <summary>The results of a run without any fault on a target, by case; made at the first use.</summary>
    public async Task<IReadOnlyDictionary<string, ResultRow>> UsualAsync(string target)
    {
        if (_usual.TryGetValue(target, out var rows))
            return rows;
        using var place = new Workplace();
        using var run = Start(place, target, null, []);
        var end = await run.Ended.ConfigureAwait(false);
        if (end.Code != 0)
            throw new InvalidOperationException($"a run without faults ends with {end.Code}:\n{end.All}");
        _usual[target] = rows = StoredRun.Read(place.Database)!.Rows.ToDictionary(r => r.CaseId);
        if (target == Host)
            Idle = await Leftovers.OnHostAsync(Guest).ConfigureAwait(false);
        return rows;
    }

    /// <summary>Starts a run on a target.</summary>
    /// <param name="place">Where it may write.</param>
    /// <param name="target">One of the three.</param>
    /// <param name="front">The other ssh server, if the target is <see cref="Front"/>.</param>
    /// <param name="environment">Changes to the environment.</param>
    /// <param name="more">More arguments.</param>
    public HarnessProcess Start(
        Workplace place,
        string target,
        FrontServer? front,
        IEnumerable<KeyValuePair<string, string>> environment,
        params string[] more
    ) =>
        HarnessProcess.Start(
            Program,
            place,
            [
                "run",
                "--config",
                Configuration(place, front),
                "--target",
                target,
                "--filter",
                Cases,
                "--db",
                place.Database,
                .. more,
            ],
            environment
        );

    /// <summary>harness.json with the three targets, written to a trial's folder.</summary>
    public string Configuration(Workplace place, FrontServer? front)
    {
        string known = place.Write(
            "known_hosts",
            $"[127.0.0.1]:{Network.Port} {Keys.HostPublicKey}\n"
                + (front is null ? "" : $"[127.0.0.1]:{front.Port} {front.HostKey}\n")
        );
        string Ssh(int port) => GuestSsh.Target(Keys.LoginKeyPath, port, known);
        return place.Write(
            "harness.json",
            $$"""
            {
              "targets": {
                "{{Host}}": {{Ssh(Network.Port)}},
                "{{Front}}": {{Ssh(front?.Port ?? 1)}},
                "{{Booted}}": { "kind": "qemu", "track": "{{Track}}", "cpu": "{{Guest.Cpu}}" }
              },
              "suites": {}
            }
            """
        );
    }

    /// <summary>A fresh host in the place of one that has ended or is damaged.</summary>
    public async Task ReplaceHostAsync()
    {
        await Guest.DisposeAsync().ConfigureAwait(false);
        Guest = await Guest.StartAsync(Images, Track).ConfigureAwait(false);
        Network.To = Guest.SshPort;
    }

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync().ConfigureAwait(false);
        await Guest.DisposeAsync().ConfigureAwait(false);
    }
}
