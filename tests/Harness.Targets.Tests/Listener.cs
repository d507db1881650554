using System.Net;
using System.Net.Sockets;

namespace Harness.Targets.Tests;

/// <summary>A loopback port with a listener that is not an ssh server.</summary>
internal sealed class Listener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _accepted = [];

    /// <param name="serve">Handles a connection.</param>
    public Listener(Action<Socket> serve)
    {
        _listener.Start();
        _ = AcceptAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Stop();
        lock (_accepted)
            foreach (var socket in _accepted)
                socket.Dispose();
    }

    private async Task AcceptAsync(Action<Socket> serve)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                lock (_accepted)
                    _accepted.Add(socket);
                serve(socket);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
