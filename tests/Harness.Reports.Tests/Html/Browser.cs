using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Harness.Reports.Tests.Html;

/// <summary>
/// Headless Chromium, driven by its DevTools protocol (chromedevtools.github.io/devtools-protocol) over one connection.
/// It has a temporary profile, and no network.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] s_places =
    [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket;
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<int, TaskCompletionSource<JsonObject>> _asked = [];
    private readonly List<(string? Session, Action<string, JsonObject> Told)> _listeners = [];
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Task _reading;
    private int _last;

    private Browser(Process process, string profile, ClientWebSocket socket)
    {
        (_process, _profile, _socket) = (process, profile, socket);
        _reading = ReadAsync();
    }

    /// <summary>Null if no Chromium is installed: Debian's package is chromium.</summary>
    public static string? Program { get; } = s_places.FirstOrDefault(File.Exists);

    public static async Task<Browser> StartAsync()
    {
        string profile = Directory.CreateTempSubdirectory("harness-browser-").FullName;
        var start = new ProcessStartInfo(Program!)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (
            string argument in new[]
            {
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--force-color-profile=srgb",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--remote-debugging-port=0",
                $"--user-data-dir={profile}",
                "about:blank",
            }
        )
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new StringBuilder();
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is null)
                address.TrySetException(new InvalidOperationException($"Chromium did not start: {said}"));
            else if (e.Data.StartsWith("DevTools listening on ", StringComparison.Ordinal))
                address.TrySetResult(e.Data["DevTools listening on ".Length..]);
            else
                said.AppendLine(e.Data);
        };
        process.BeginErrorReadLine();
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(await address.Task), CancellationToken.None);
        return new Browser(process, profile, socket);
    }

    /// <summary>A new, empty page.</summary>
    public async Task<BrowserPage> PageAsync()
    {
        var target = await SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        string id = target["targetId"]!.GetValue<string>();
        var attached = await SendAsync(
            "Target.attachToTarget",
            new JsonObject { ["targetId"] = id, ["flatten"] = true }
        );
        return await BrowserPage.OpenAsync(this, id, attached["sessionId"]!.GetValue<string>());
    }

    public void Listen(string? session, Action<string, JsonObject> told)
    {
        lock (_asked)
            _listeners.Add((session, told));
    }

    /// <exception cref="InvalidOperationException">The browser refuses.</exception>
    public async Task<JsonObject> SendAsync(string method, JsonObject? parameters = null, string? session = null)
    {
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_asked)
            _asked[id = ++_last] = answer;
        var message = new JsonObject
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters ?? [],
        };
        if (session is not null)
            message["sessionId"] = session;
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(
                Encoding.UTF8.GetBytes(message.ToJsonString()),
                WebSocketMessageType.Text,
                true,
                _end.Token
            );
        }
        finally
        {
            _sending.Release();
        }
        return await answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _sending.Dispose();
        _end.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), _end.Token);
                message.Write(buffer, 0, part.Count);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new WebSocketException("Chromium closed the connection");
                if (!part.EndOfMessage)
                    continue;
                Told(JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!.AsObject());
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            lock (_asked)
                foreach (var asked in _asked.Values)
                    asked.TrySetException(new InvalidOperationException($"the browser is gone: {e.Message}"));
        }
    }

    private void Told(JsonObject message)
    {
        if (message["id"] is { } id)
        {
            TaskCompletionSource<JsonObject>? asked;
            lock (_asked)
                _asked.Remove(id.GetValue<int>(), out asked);
            if (message["error"] is { } error)
                asked?.TrySetException(new InvalidOperationException(error.ToJsonString()));
            else
                asked?.TrySetResult(message["result"]!.AsObject());
            return;
        }
        string? session = message["sessionId"]?.GetValue<string>();
        (string?, Action<string, JsonObject> Told)[] listeners;
        lock (_asked)
            listeners = [.. _listeners.Where(l => l.Session == session)];
        foreach (var (_, told) in listeners)
            told(message["method"]!.GetValue<string>(), message["params"]!.AsObject());
    }
}
