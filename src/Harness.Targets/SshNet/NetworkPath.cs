using System.Net;
using Harness.Processes;
using Renci.SshNet;

namespace Harness.Targets.SshNet;

/// <summary>
/// The route to a host through jump hosts: a login at each, which forwards a loopback port to the next. Any local user
/// can connect to such a port; the host key at its end protects the traffic.
/// </summary>
internal sealed class NetworkPath
{
    private readonly List<IDisposable> _parts = [];
    private readonly TaskCompletionSource<Exception> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _broken;

    /// <summary>What to dispose, last first.</summary>
    public IReadOnlyList<IDisposable> Parts => _parts;

    /// <summary>This end of the last forwarded port; null if there is no jump host.</summary>
    public (string Host, int Port)? End { get; private set; }

    /// <summary>Why the last jump host can't forward, in one line; null if it can.</summary>
    public string? Broken => _broken;

    /// <summary>Completes when a jump host is lost; not if it is disposed before.</summary>
    public Task<Exception> Lost => _lost.Task;

    /// <summary>Continues from a login at a jump host.</summary>
    public void Forward(SshClient jump, string where, ResolvedHost next)
    {
        _parts.Add(jump);
        // The limit for a full window, and for a forwarded port to close.
        jump.ConnectionInfo.Timeout = TimeoutScale.Scale(TimeSpan.FromMinutes(1));
        // After a jump host is lost, the library waits for that time before it closes forwarded connections.
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
