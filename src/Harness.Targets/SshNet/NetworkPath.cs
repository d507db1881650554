using System.Net;
using Harness.Processes;
using Renci.SshNet;

namespace Harness.Targets.SshNet;

/// <summary>
/// The way to a host through others: a login at each, which forwards a port of the loopback to the next. Any local user
/// can connect to such a port; the key of the host at its end protects what goes through.
/// </summary>
internal sealed class NetworkPath
{
    private readonly List<IDisposable> _parts = [];
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _broken;

    /// <summary>What to dispose, last first.</summary>
    public IReadOnlyList<IDisposable> Parts => _parts;

    /// <summary>This end of the last forwarded port; null where there is no host in between.</summary>
    public (string Host, int Port)? End { get; private set; }

    /// <summary>Why the last jump host does not lead on, in one line; null while it does.</summary>
    public string? Broken => _broken;

    /// <summary>Completes when a jump host is lost; not if it is disposed before.</summary>
    public Task<Exception> Lost => _lost.Task;

    /// <summary>Goes on from a login at a jump host.</summary>
    public void Forward(SshClient jump, string where, ResolvedHost next)
    {
        _parts.Add(jump);
        // How long a full window may last, and a forwarded port may take to close.
        jump.ConnectionInfo.Timeout = TimeoutScale.Scale(TimeSpan.FromMinutes(1));
        // Behind a lost jump host, the library waits for that time before it closes what goes through.
        jump.ErrorOccurred += (_, e) =>
            _lost.TrySetResult(new IOException($"the jump host {where}: {e.Exception.Message}", e.Exception));
        var loopback = IPAddress.Loopback.ToString();
        var port = new ForwardedPortLocal(loopback, next.Host, (uint)next.Port);
        port.Exception += (_, e) =>
            _broken = $"the jump host {where} does not get to {next.Where}: {Plain.Text(e.Exception.Message)}";
        jump.AddForwardedPort(port);
        _parts.Add(port);
        port.Start();
        End = (loopback, (int)port.BoundPort);
    }
}
