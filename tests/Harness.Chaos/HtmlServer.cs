using System.Net;
using System.Net.Sockets;

namespace Harness.Chaos;

/// <summary>A web server with the same page at every address, as some networks have before one logs in.</summary>
internal sealed class HtmlServer : IAsyncDisposable
{
    private const string Page = "<html><body>Please log in.</body></html>";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    public HtmlServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync();
    }

    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving.ConfigureAwait(false);
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                await AnswerAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream());
                while (await reader.ReadLineAsync().ConfigureAwait(false) is { Length: > 0 })
                {
                    // The request's head; it has no body.
                }
                await using var writer = new StreamWriter(client.GetStream());
                await writer
                    .WriteAsync(
                        $"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {Page.Length}\r\nConnection: close\r\n\r\n{Page}"
                    )
                    .ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It went away.
            }
        }
    }
}
