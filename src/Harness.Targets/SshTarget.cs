using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets;

/// <summary>A machine that exists: a lab host.</summary>
public sealed class SshTarget(string name, SshOptions options, IProcessRunner runner) : ITarget
{
    public string Name { get; } = name;

    public async Task<ITargetSession> OpenAsync(IProgress<string>? progress = null, CancellationToken cancel = default)
    {
        await RunDirectory.ReapAsync().ConfigureAwait(false);
        var directory = RunDirectory.Create(Name);
        try
        {
            progress?.Report($"connecting to {options.Destination}");
            var transport = new SshTransport(runner, Name, options, directory);
            return new Session(directory, await transport.ConnectAsync(cancel).ConfigureAwait(false));
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private sealed class Session(RunDirectory directory, IConnection connection) : ITargetSession
    {
        public TargetOrigin Origin { get; } = new("ssh", null, null);

        public IConnection Connection => connection;

        public Task<TargetException> Lost => connection.Lost;

        public string ConsoleTail => "";

        public async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            directory.Dispose();
        }
    }
}
