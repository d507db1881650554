using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Locks;
using Harness.Targets.Ssh;
using Harness.Targets.SshNet;
using Harness.Targets.Transport;

namespace Harness.Targets;

/// <summary>An existing machine: a lab host. It is locked while it is open, so that two users take turns.</summary>
public sealed class SshTarget(string name, SshOptions options, IProcessRunner runner) : ITarget
{
    public string Name { get; } = name;

    /// <summary>The transport for its commands.</summary>
    public TransportKind Transport { get; init; } = TransportKind.SshNet;

    /// <summary>The holder, as shown to other users.</summary>
    public LockHolder Holder { get; init; } = LockHolder.ThisProcess("harness");

    /// <summary>How long to wait for another user.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>What is locked there.</summary>
    internal string LockedFile { get; init; } = HostLock.Device;

    public async Task<ITargetSession> OpenAsync(
        IProgress<TargetProgress>? progress = null,
        CancellationToken cancel = default
    )
    {
        await RunDirectory.ReapAsync().ConfigureAwait(false);
        var directory = RunDirectory.Create(Name);
        IConnection? connection = null;
        try
        {
            progress?.Report(new(TargetStep.Connecting, $"connecting to {options.Destination}"));
            ITransport transport =
                Transport == TransportKind.OpenSsh
                    ? new SshTransport(runner, Name, options, directory)
                    : new SshNetTransport(Name, new HostResolver(runner, Name, options).ResolveAsync);
            connection = new GreetedConnection(await transport.ConnectAsync(cancel).ConfigureAwait(false));
            var held = await HostLock
                .TakeAsync(connection, Holder, Wait, progress, cancel, LockedFile)
                .ConfigureAwait(false);
            return new Session(directory, connection, held);
        }
        catch
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            directory.Dispose();
            throw;
        }
    }

    private sealed class Session(RunDirectory directory, IConnection connection, HostLock? held) : ITargetSession
    {
        public TargetOrigin Origin { get; } = new("ssh", null, null);

        public IConnection Connection => connection;

        public DeployedProbe? Probe => null;

        public Task<TargetException> Lost { get; } =
            held is null ? connection.Lost : FirstAsync(connection.Lost, held.Lost);

        public string ConsoleTail => "";

        public async ValueTask DisposeAsync()
        {
            if (held is not null)
                await held.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            directory.Dispose();
        }

        private static async Task<TargetException> FirstAsync(Task<TargetException> a, Task<TargetException> b) =>
            await (await Task.WhenAny(a, b).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
