using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Qemu;

/// <summary>QEMU returned an error for a command.</summary>
public sealed class QmpException(string command, string description) : Exception($"QMP {command}: {description}");

/// <summary>QEMU's machine protocol: one JSON object per line over a UNIX socket. One command at a time.</summary>
public sealed class QmpClient : IAsyncDisposable
{
    private const int LineLimit = 1 << 20;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private readonly NetworkStream _stream;
    private readonly LineReader _reader;
    private readonly SemaphoreSlim _turn = new(1);

    private QmpClient(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new LineReader(_stream, LineLimit);
    }

    /// <summary>"10.0.2 (Debian 1:10.0.2+ds-2)".</summary>
    public string Version { get; private set; } = "";

    /// <summary>Connects and leaves the negotiation mode.</summary>
    /// <exception cref="SocketException">There is no listener.</exception>
    public static async Task<QmpClient> ConnectAsync(string path, CancellationToken cancel = default)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var client = new QmpClient(socket);
        try
        {
            var greeting = await client.ReceiveAsync("greeting", cancel).ConfigureAwait(false);
            var version = greeting["QMP"]?["version"];
            var numbers = version?["qemu"];
            client.Version = $"{numbers?["major"]}.{numbers?["minor"]}.{numbers?["micro"]} ({version?["package"]})";
            await client.ExecuteAsync("qmp_capabilities", null, cancel).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command; events meanwhile are dropped.</summary>
    /// <returns>The value of "return".</returns>
    /// <exception cref="QmpException">QEMU refused.</exception>
    /// <exception cref="IOException">QEMU has ended, or did not respond in time.</exception>
    public async Task<JsonNode?> ExecuteAsync(
        string command,
        JsonObject? arguments = null,
        CancellationToken cancel = default
    )
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var request = new JsonObject { ["execute"] = command };
            if (arguments is not null)
                request["arguments"] = arguments;
            await _stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request), cancel).ConfigureAwait(false);
            await _stream.WriteAsync("\n"u8.ToArray(), cancel).ConfigureAwait(false);
            while (true)
            {
                var answer = await ReceiveAsync(command, cancel).ConfigureAwait(false);
                if (answer["error"] is { } error)
                    throw new QmpException(command, error["desc"]?.ToString() ?? error.ToJsonString());
                if (answer.ContainsKey("return"))
                    return answer["return"];
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>QEMU's own state: "running", "inmigrate", "paused", "shutdown"...</summary>
    public async Task<string> StatusAsync(CancellationToken cancel = default) =>
        (await ExecuteAsync("query-status", null, cancel).ConfigureAwait(false))?["status"]?.ToString() ?? "";

    /// <summary>The loopback port that QEMU forwards to the guest's ssh.</summary>
    public async Task<int> ForwardedPortAsync(CancellationToken cancel = default)
    {
        var text = await ExecuteAsync(
                "human-monitor-command",
                new JsonObject { ["command-line"] = "info usernet" },
                cancel
            )
            .ConfigureAwait(false);
        return QemuText.ForwardedPort(text?.ToString() ?? "");
    }

    /// <summary>Ends QEMU at once. The connection may be closed before the response.</summary>
    public async Task QuitAsync(CancellationToken cancel = default)
    {
        try
        {
            await ExecuteAsync("quit", null, cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended, as requested.
        }
    }

    /// <summary>
    /// Writes the machine's state to a file, but for memory that is in a file already. The machine is paused
    /// afterwards.
    /// </summary>
    /// <exception cref="QmpException">QEMU refused, or could not write it.</exception>
    public async Task SaveAsync(string path, CancellationToken cancel = default)
    {
        await LeaveOutSharedMemoryAsync(cancel).ConfigureAwait(false);
        // Not paused before: a machine that is paused when it migrates would be paused on the destination.
        await ExecuteAsync("migrate", Uri(path), cancel).ConfigureAwait(false);
        await MigratedAsync("migrate", cancel).ConfigureAwait(false);
    }

    /// <summary>Continues from a state that <see cref="SaveAsync"/> wrote, in a machine that waits for it.</summary>
    /// <exception cref="QmpException">QEMU refused.</exception>
    /// <exception cref="IOException">QEMU is gone: it ends where the state is of another machine.</exception>
    public async Task RestoreAsync(string path, CancellationToken cancel = default)
    {
        await LeaveOutSharedMemoryAsync(cancel).ConfigureAwait(false);
        await ExecuteAsync("migrate-incoming", Uri(path), cancel).ConfigureAwait(false);
        await MigratedAsync("migrate-incoming", cancel).ConfigureAwait(false);
    }

    private static JsonObject Uri(string path) => new() { ["uri"] = $"file:{path}" };

    private Task LeaveOutSharedMemoryAsync(CancellationToken cancel) =>
        ExecuteAsync(
            "migrate-set-capabilities",
            new JsonObject
            {
                ["capabilities"] = new JsonArray(
                    new JsonObject { ["capability"] = "x-ignore-shared", ["state"] = true }
                ),
            },
            cancel
        );

    private async Task MigratedAsync(string command, CancellationToken cancel)
    {
        while (true)
        {
            var state = await ExecuteAsync("query-migrate", null, cancel).ConfigureAwait(false);
            switch (state?["status"]?.ToString())
            {
                case "completed":
                    return;
                case "failed" or "cancelled":
                    throw new QmpException(command, state["error-desc"]?.ToString() ?? "failed without a reason");
                default:
                    await Task.Delay(TimeSpan.FromMilliseconds(10), cancel).ConfigureAwait(false);
                    break;
            }
        }
    }

    public async ValueTask DisposeAsync() => await _stream.DisposeAsync().ConfigureAwait(false);

    private async Task<JsonObject> ReceiveAsync(string what, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeoutScale.Scale(AnswerTime));
        try
        {
            var line = await _reader.ReadAsync(timer.Token).ConfigureAwait(false)
                ?? throw new IOException($"QEMU closed its monitor during {what}");
            return JsonNode.Parse(line) as JsonObject ?? throw new IOException($"QEMU's monitor returned: {line}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new IOException($"QEMU's monitor did not respond to {what} in time");
        }
        catch (JsonException e)
        {
            throw new IOException($"QEMU's monitor sent invalid JSON during {what}", e);
        }
    }
}
