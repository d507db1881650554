using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model.Registers;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>A host of migrations: a session, and its vCPU registers. Its errors contain its name.</summary>
/// <param name="host">Disposed with this.</param>
/// <param name="kind">One of <see cref="HostKinds"/>.</param>
/// <param name="session">Of that host; chooses a policy; disposed with this.</param>
public sealed class MigrationHost(IProbeHost host, string kind, HostSession session) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);

    public string Name => session.Name;

    /// <summary>What its kernel reported last, if that ended it.</summary>
    public KernelReport? Crash => session.Crash;

    /// <summary>Its properties; set by <see cref="OpenAsync"/>.</summary>
    public JudgedHost? Known { get; private set; }

    /// <summary>Its stored description, once it is known.</summary>
    public HostRecord Description => session.Describe(kind);

    /// <summary>Boots or connects, and reads the host's facts, unless that has been done.</summary>
    /// <exception cref="HostUnavailableException">It is unavailable.</exception>
    public async Task<JudgedHost> OpenAsync(CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var profile = await NamedAsync(session.OpenAsync(cancel)).ConfigureAwait(false);
            return Known ??= new JudgedHost(Name, profile.Choice!.Policy!, profile)
            {
                Registers = profile.NoKvmReason is null
                    ? await RegistersAsync(profile.Abilities, tagged: false, cancel).ConfigureAwait(false)
                    : null,
                TaggedRegisters = profile is { NoKvmReason: null, Abilities.MemoryTags: true }
                    ? await RegistersAsync(profile.Abilities, tagged: true, cancel).ConfigureAwait(false)
                    : null,
            };
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Runs one program there.</summary>
    /// <exception cref="HostUnavailableException">
    /// The host was lost meanwhile; it may be back for the next program.
    /// </exception>
    public Task<Observation> RunAsync(ProbeProgram program, CancellationToken cancel) =>
        NamedAsync(session.RunAsync(program, cancel));

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        await host.DisposeAsync().ConfigureAwait(false);
        _opening.Dispose();
    }

    private async Task<VcpuRegisters> RegistersAsync(ProbeAbilities abilities, bool tagged, CancellationToken cancel)
    {
        try
        {
            var saved = await RunAsync(MigrationCompiler.SaveFresh(abilities, tagged), cancel).ConfigureAwait(false);
            var restored =
                saved.End == ObservationEnd.Completed
                    ? await RunAsync(MigrationCompiler.RestoreFresh(abilities, saved, tagged), cancel)
                        .ConfigureAwait(false)
                    : saved;
            return RegistersReader.Read(saved, restored);
        }
        catch (Exception e) when (e is UnreadableObservationException or FormatException)
        {
            throw new HostUnavailableException($"{Name}: {e.Message}", e);
        }
    }

    private async Task<T> NamedAsync<T>(Task<T> use)
    {
        try
        {
            return await use.ConfigureAwait(false);
        }
        catch (HostUnavailableException e)
        {
            throw new HostUnavailableException($"{Name}: {e.Message}", e) { InFlight = e.InFlight };
        }
    }
}
