using Harness.Runs.KernelLogs;
using Harness.Targets;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Runs.Dispatch;

/// <summary>A target of harness.json with the probe deployed to it.</summary>
/// <param name="target">Booted or connected at the first start of a probe.</param>
/// <param name="file">The probe.</param>
/// <param name="imageHash">Content hash of its guest image, or null.</param>
/// <param name="pciDevices">See <see cref="IProbeHost.PciDevices"/>.</param>
public sealed class TargetProbeHost(
    ITarget target,
    ProbeFile file,
    string? imageHash = null,
    IReadOnlyList<string>? pciDevices = null
) : IProbeHost
{
    private ITargetSession? _session;
    private TargetSurvey? _survey;
    private bool? _sudo;
    private DeployedProbe? _unsettled;
    private int _disposed;
    private (TargetException Of, KernelReport? Crash)? _read;

    /// <summary>How many programs the probe runs side by side; null: it decides.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether the probe is started by sudo where the login is not root.</summary>
    public bool Sudo { get; init; }

    public string? Folder { get; init; }

    /// <summary>Receives notices that stay on the terminal: why a host was booted instead of restored.</summary>
    public Action<string>? Notice { get; init; }

    public string Name => target.Name;

    public IReadOnlyList<string> PciDevices => pciDevices ?? [];

    public string? Lost => Loss is { } loss ? Words(loss) : null;

    public KernelReport? Crash => Loss is { } loss ? CrashIn(loss) : null;

    public IConnection? Connection => Loss is null ? _session?.Connection : null;

    private TargetException? Loss => _session is { Lost: { IsCompleted: true } lost } ? lost.Result : null;

    private string Words(TargetException loss) =>
        CrashIn(loss) is { } crash ? $"target '{loss.Target}': {KernelCrash.Words(crash)}" : loss.Message;

    /// <summary>Read once: a console may be long, and every case that was left asks why the host is lost.</summary>
    private KernelReport? CrashIn(TargetException loss)
    {
        if (_read?.Of != loss)
            _read = (loss, KernelCrash.In(loss.Console));
        return _read.Value.Crash;
    }

    public IReadOnlyDictionary<string, string> Platform =>
        _session is null
            ? new Dictionary<string, string>()
            : new Dictionary<string, string>
            {
                ["kind"] = _session.Origin.Kind,
                ["image"] = imageHash ?? "",
                ["qemu-version"] = _session.Origin.QemuVersion ?? "",
                ["qemu-command-line"] = _session.Origin.CommandLine ?? "",
            };

    /// <summary>Boots or connects now, rather than at the first start of a probe.</summary>
    /// <exception cref="TargetException">The host is unavailable.</exception>
    public async Task OpenAsync(Action<TargetProgress> progress, CancellationToken cancel) =>
        _session ??= await target.OpenAsync(new Reported(progress), cancel).ConfigureAwait(false);

    /// <summary>As <see cref="OpenAsync"/>; a host that cases can't run on is refused.</summary>
    /// <exception cref="TargetException">It is unavailable, not an arm64 host, or has no folder for the
    /// probe.</exception>
    public async Task ConnectAsync(Action<TargetProgress> progress, CancellationToken cancel)
    {
        await OpenAsync(progress, cancel).ConfigureAwait(false);
        if (_session!.Probe is not null)
            return;
        var survey = await SurveyAsync(_session.Connection, cancel).ConfigureAwait(false);
        ProbeDeployment.Check(survey, Name);
        await MayBecomeRootAsync(_session.Connection, survey, cancel).ConfigureAwait(false);
        survey.EnsureBase(Name);
    }

    private async Task<bool> MayBecomeRootAsync(IConnection connection, TargetSurvey survey, CancellationToken cancel)
    {
        if (_sudo is null && Sudo && survey.UserId != 0)
            await Targets.Deployment.Sudo.EnsureAsync(connection, cancel).ConfigureAwait(false);
        return _sudo ??= Sudo && survey.UserId != 0;
    }

    private async Task<TargetSurvey> SurveyAsync(IConnection connection, CancellationToken cancel) =>
        _survey ??= await TargetSurvey
            .TakeAsync(connection, ProbeDeployment.Needs(file, Folder, Sudo), cancel)
            .ConfigureAwait(false);

    public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
    {
        try
        {
            await OpenAsync(Report, cancel).ConfigureAwait(false);
            var probe = _session!.Probe ?? await DeployAsync(_session.Connection, phase, cancel).ConfigureAwait(false);
            phase("starting the probe");
            _unsettled = probe;
            var channel = await ProbeChannel
                .StartAsync(_session.Connection, probe with { Workers = Workers }, cancel)
                .ConfigureAwait(false);
            return new Link(channel, _session, () => _unsettled = null);
        }
        catch (TargetException e)
        {
            await ExplainedAsync(_session).ConfigureAwait(false);
            throw new HostUnavailableException(Words(e), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HostUnavailableException($"target '{Name}': {e.Message}", e);
        }

        void Report(TargetProgress progress)
        {
            phase(progress.Text);
            if (progress.Step == TargetStep.NoSnapshot)
                Notice?.Invoke(progress.Text);
        }
    }

    private async Task<DeployedProbe> DeployAsync(
        IConnection connection,
        Action<string> phase,
        CancellationToken cancel
    )
    {
        phase("deploying the probe");
        var survey = await SurveyAsync(connection, cancel).ConfigureAwait(false);
        bool sudo = await MayBecomeRootAsync(connection, survey, cancel).ConfigureAwait(false);
        var probe = await new ProbeDeployment(file).DeployAsync(connection, survey, cancel).ConfigureAwait(false);
        return probe with { Sudo = sudo };
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is null || Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        // A machine that the harness booted ends with all that is on it.
        if (_unsettled is { } probe && Loss is null && _session.Origin.Kind == Store.HostKinds.Ssh)
            await ProbeChannel.SettleAsync(_session.Connection, probe).ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>If QEMU died, that is detected shortly after the connection broke.</summary>
    private static Task ExplainedAsync(ITargetSession? session) =>
        session is null ? Task.CompletedTask : Task.WhenAny(session.Lost, Task.Delay(TimeSpan.FromSeconds(2)));

    private sealed class Reported(Action<TargetProgress> progress) : IProgress<TargetProgress>
    {
        public void Report(TargetProgress value) => progress(value);
    }

    /// <param name="channel">The probe.</param>
    /// <param name="session">Its host.</param>
    /// <param name="inOrder">Called if the probe ended in order.</param>
    private sealed class Link(ProbeChannel channel, ITargetSession session, Action inOrder) : IProbeLink
    {
        public string ProbeHash => channel.Hello.Probe;

        public async Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
        {
            try
            {
                await channel.SendAsync(line, cancel).ConfigureAwait(false);
            }
            catch (TargetException e)
            {
                await ExplainedAsync(session).ConfigureAwait(false);
                throw new LinkLostException(e.Message, e);
            }
        }

        public async Task<byte[]> ReceiveAsync(CancellationToken cancel)
        {
            try
            {
                return await channel.ReceiveAsync(cancel).ConfigureAwait(false);
            }
            catch (TargetException e)
            {
                await ExplainedAsync(session).ConfigureAwait(false);
                throw new LinkLostException(e.Message, e);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            if (channel.EndedInOrder)
                inOrder();
        }
    }
}
