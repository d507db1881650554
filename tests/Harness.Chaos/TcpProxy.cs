using System.Net;
using System.Net.Sockets;

namespace Harness.Chaos;

/// <summary>A network between a harness and a host, on a loopback port, with faults on demand.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Connection> _open = [];
    private readonly Lock _lock = new();
    private readonly Task _accepting;

    /// <param name="to">The host's port on the loopback.</param>
    public TcpProxy(int to)
    {
        To = to;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Where new connections lead.</summary>
    public int To { get; set; }

    /// <summary>The longest time that a piece of data is on its way; each takes a part of it.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections are open.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
                return _open.Count;
        }
    }

    /// <summary>Resets every connection.</summary>
    public void Cut() => Each(c => c.Reset());

    /// <summary>Nothing passes on these connections any more, not even their end; new ones are not affected.</summary>
    public void Freeze() => Each(c => c.Freeze());

    /// <summary>What was held back passes, in order.</summary>
    public void Thaw() => Each(c => c.Thaw());

    /// <summary>Flips a bit in the next data from the host.</summary>
    public void Garble() => Each(c => c.Garble());

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting.ConfigureAwait(false);
        _listener.Dispose();
    }

    private void Each(Action<Connection> action)
    {
        Connection[] open;
        lock (_lock)
            open = [.. _open];
        foreach (var connection in open)
            action(connection);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // stopped
            }
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var host = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        var connection = new Connection(client, host, () => Delay);
        lock (_lock)
            _open.Add(connection);
        try
        {
            await host.ConnectAsync(IPAddress.Loopback, To).ConfigureAwait(false);
            await connection.PumpAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            connection.Reset();
        }
        finally
        {
            lock (_lock)
                _open.Remove(connection);
            client.Dispose();
        }
    }

    private sealed class Connection(Socket client, Socket host, Func<TimeSpan> delay)
    {
        private readonly Random _random = new(1);
        private volatile TaskCompletionSource? _frozen;
        private volatile bool _garble;

        public Task PumpAsync() => Task.WhenAll(EndBothAsync(client, host, false), EndBothAsync(host, client, true));

        public void Freeze() => _frozen ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Thaw()
        {
            _frozen?.TrySetResult();
            _frozen = null;
        }

        public void Garble() => _garble = true;

        public void Reset()
        {
            foreach (var socket in (Socket[])[client, host])
            {
                // Closed without lingering, a socket sends RST.
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // It is closed already.
                }
                socket.Close();
            }
            Thaw();
        }

        /// <summary>If one end is reset, as by a process that is killed, so is the other.</summary>
        private async Task EndBothAsync(Socket from, Socket to, bool fromHost)
        {
            try
            {
                await PumpAsync(from, to, fromHost).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Reset();
            }
        }

        private async Task PumpAsync(Socket from, Socket to, bool fromHost)
        {
            var buffer = new byte[32 << 10];
            while (true)
            {
                int got = await from.ReceiveAsync(buffer).ConfigureAwait(false);
                if (delay() is { Ticks: > 0 } most)
                    await Task.Delay(most * _random.NextDouble()).ConfigureAwait(false);
                while (_frozen is { } frozen)
                    await frozen.Task.ConfigureAwait(false);
                if (got == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }
                if (fromHost && _garble)
                {
                    buffer[_random.Next(got)] ^= 1;
                    _garble = false;
                }
                for (int sent = 0; sent < got; )
                    sent += await to.SendAsync(buffer.AsMemory(sent, got - sent)).ConfigureAwait(false);
            }
        }
    }
}
