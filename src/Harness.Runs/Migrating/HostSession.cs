using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Registers;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>
/// A host that VMs leave and come to: booted or connected when it is first asked for, asked one thing at a time, and started
/// again a few times where its probe is lost.
/// </summary>
/// <param name="host">The host; disposed with this.</param>
/// <param name="kind">One of <see cref="HostKinds"/>.</param>
/// <param name="choose">The policy to judge under.</param>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
/// <param name="phase">Told what is being done.</param>
public sealed class HostSession(IProbeHost host, string kind, Func<HostProfile, PolicyChoice> choose, TimeSpan grace, Action<string> phase) : IAsyncDisposable
{
    private const int Restarts = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private IProbeLink? _link;
    private Dispatcher? _dispatcher;
    private string? _gone;
    private int _restarts;
    private Fields? _facts;

    public string Name => host.Name;

    /// <summary>What it is; set by <see cref="OpenAsync"/>.</summary>
    public JudgedHost? Known { get; private set; }

    /// <summary>As it is stored, once it is known.</summary>
    public HostRecord Description =>
        HostDescription.Of(new HostRecord(Name, kind), Known!.Profile, _facts!, Known.Policy, host.Platform);

    /// <summary>Boots or connects, and asks what it is; does nothing where that is done.</summary>
    /// <exception cref="HostUnavailableException">It can't be had, or not any more.</exception>
    public async Task<JudgedHost> OpenAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await StartAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs one program there.</summary>
    /// <exception cref="HostUnavailableException">The host went away meanwhile; it may be back for the next program.</exception>
    public async Task<Observation> AskAsync(ProbeProgram program, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await StartAsync(cancel).ConfigureAwait(false);
            Observation? observed = null;
            await _dispatcher!.RunAsync([program], (_, o) => observed = o, cancel).ConfigureAwait(false);
            return observed!;
        }
        catch (LinkLostException e)
        {
            await CloseAsync().ConfigureAwait(false);
            if (!MayRestart())
                _gone = host.Lost ?? e.Message;
            throw new HostUnavailableException($"{Name}: {host.Lost ?? e.Message}", e);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await host.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<JudgedHost> StartAsync(CancellationToken cancel)
    {
        if (_gone is not null)
            throw new HostUnavailableException($"{Name}: {_gone}");
        while (_link is null)
        {
            try
            {
                Known = await BeginAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HostUnavailableException or LinkLostException or UnusableFactsException or UnreadableObservationException or FormatException)
            {
                await CloseAsync().ConfigureAwait(false);
                if (e is LinkLostException && MayRestart())
                    continue;
                _gone = host.Lost ?? e.Message;
                throw new HostUnavailableException($"{Name}: {_gone}", e);
            }
        }
        return Known!;
    }

    /// <summary>A probe that was lost may be started again, a few times in all, where its host is still there.</summary>
    private bool MayRestart() => host.Lost is null && ++_restarts <= Restarts;

    private async Task<JudgedHost> BeginAsync(CancellationToken cancel)
    {
        await host.PrepareAsync(phase, cancel).ConfigureAwait(false);
        _link = await host.StartProbeAsync(phase, cancel).ConfigureAwait(false);
        _dispatcher = new Dispatcher(_link, 1, grace);
        _facts = await _dispatcher.FactsAsync(host.PciDevices, cancel).ConfigureAwait(false);
        var profile = FactsReader.Read(_facts);
        var choice = choose(profile);
        var policy = choice.Policy
            ?? throw new UnusableFactsException($"no policy is known for kernel {profile.Release} ({choice.Reason}): name one with --policy (harness identify says which fit)");
        profile = profile with { Choice = choice };
        var registers = profile.NoKvmReason is null ? await RegistersAsync(profile.Abilities, cancel).ConfigureAwait(false) : null;
        phase("up");
        return new JudgedHost(Name, policy, profile) { Registers = registers };
    }

    private async Task<VcpuRegisters> RegistersAsync(ProbeAbilities abilities, CancellationToken cancel)
    {
        Observation? saved = null, restored = null;
        await _dispatcher!.RunAsync([MigrationCompiler.SaveFresh(abilities)], (_, o) => saved = o, cancel).ConfigureAwait(false);
        if (saved!.End == ObservationEnd.Completed)
            await _dispatcher.RunAsync([MigrationCompiler.RestoreFresh(abilities, saved)], (_, o) => restored = o, cancel).ConfigureAwait(false);
        return RegistersReader.Read(saved, restored ?? saved);
    }

    private async Task CloseAsync()
    {
        if (_link is not null)
            await _link.DisposeAsync().ConfigureAwait(false);
        _link = null;
        _dispatcher = null;
    }
}
