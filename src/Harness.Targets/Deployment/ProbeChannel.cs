using System.Text;
using System.Text.Json;
using Harness.Processes;
using Harness.Protocol;
using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>A running probe that has sent its hello, and is the one that was deployed.</summary>
public sealed class ProbeChannel : IAsyncDisposable
{
    /// <summary>The probe starts in milliseconds; a swapping host takes longer.</summary>
    private static readonly TimeSpan HelloTime = TimeSpan.FromSeconds(30);

    /// <summary>Between the end of the probe's input and the end of the probe.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(2);

    /// <summary>For a probe without requests: its start, and ending its workers.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(20);

    private readonly IConnection _connection;
    private readonly ProbeMark _mark;
    private readonly DeployedProbe _probe;
    private readonly ILineChannel _lines;
    private int _disposed;

    private ProbeChannel(IConnection connection, DeployedProbe probe, ProbeMark mark, ILineChannel lines, Hello hello)
    {
        _probe = probe;
        _connection = connection;
        _mark = mark;
        _lines = lines;
        Hello = hello;
    }

    /// <summary>The probe's hello.</summary>
    public Hello Hello { get; }

    /// <summary>The end of the probe's stderr, so far.</summary>
    public string ErrorTail => _lines.ErrorTail;

    /// <summary>
    /// Whether the probe ended by itself and in order, and so removed what it made on the host; known once this is
    /// disposed.
    /// </summary>
    public bool EndedInOrder { get; private set; }

    /// <summary>
    /// Removes what a probe that did not end in order left on the host: every probe does so at its start, and one
    /// without requests ends then. A failure is not reported: the next probe does it.
    /// </summary>
    public static async Task SettleAsync(IConnection connection, DeployedProbe probe)
    {
        var mark = new ProbeMark();
        try
        {
            await connection.ExecAsync(mark.On(probe), input: null, SettleTime).ConfigureAwait(false);
        }
        catch (TargetException)
        {
            await mark.KillAsync(connection, probe).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the probe and checks its hello.</summary>
    /// <exception cref="TargetException">
    /// It does not start, sends nothing, uses another protocol version, or is another probe.
    /// </exception>
    public static async Task<ProbeChannel> StartAsync(
        IConnection connection,
        DeployedProbe probe,
        CancellationToken cancel = default
    )
    {
        var mark = new ProbeMark();
        var lines = await connection.StartAsync(mark.On(probe), cancel).ConfigureAwait(false);
        try
        {
            var hello = await HelloAsync(connection.Target, lines, cancel).ConfigureAwait(false);
            if (hello.Protocol != LineProtocol.Version)
                throw new TargetException(
                    TargetFailure.ProbeMismatch,
                    connection.Target,
                    $"the probe speaks protocol {hello.Protocol}, the harness {LineProtocol.Version}: build both from one source"
                );
            if (hello.Probe != probe.Hash)
                throw new TargetException(
                    TargetFailure.ProbeMismatch,
                    connection.Target,
                    $"another probe answers than the one deployed ({hello.Probe}): remove {probe.Path} there and try again"
                );
            return new ProbeChannel(connection, probe, mark, lines, hello);
        }
        catch
        {
            await EndAsync(connection, probe, mark, lines).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends one line of the protocol, without its LF.</summary>
    /// <exception cref="TargetException">The probe or the connection has ended; with the reason.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel = default)
    {
        if (line.Length > LineProtocol.LineLimit)
            throw new ArgumentException(
                $"a line of {line.Length} bytes; the probe accepts {LineProtocol.LineLimit}",
                nameof(line)
            );
        try
        {
            await _lines.SendAsync(line, cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw await EndAsync(_connection.Target, _lines).ConfigureAwait(false);
        }
    }

    /// <summary>The probe's next line. One reader at a time.</summary>
    /// <exception cref="TargetException">The probe or the connection has ended, or a line is over the protocol's limit.
    /// Every line that arrived before was returned.</exception>
    public async Task<byte[]> ReceiveAsync(CancellationToken cancel = default)
    {
        try
        {
            return await _lines.ReceiveAsync(cancel).ConfigureAwait(false)
                ?? throw await EndAsync(_connection.Target, _lines).ConfigureAwait(false);
        }
        catch (OutputRefusedException e)
        {
            throw new TargetException(
                TargetFailure.ProbeFailed,
                _connection.Target,
                $"the probe sent {e.Message}",
                ErrorTail,
                e
            );
        }
    }

    /// <summary>The probe ends by itself at its end of input; one that does not is killed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            EndedInOrder = await EndAsync(_connection, _probe, _mark, _lines).ConfigureAwait(false);
    }

    /// <summary>Ends a probe by the end of its input, or else by a signal.</summary>
    /// <returns>Whether it ended by itself and in order.</returns>
    private static async Task<bool> EndAsync(
        IConnection connection,
        DeployedProbe probe,
        ProbeMark mark,
        ILineChannel lines
    )
    {
        try
        {
            await lines.CloseInputAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has ended already.
        }
        await Task.WhenAny(lines.Ended, Task.Delay(TimeoutScale.Scale(LeaveTime))).ConfigureAwait(false);
        bool inOrder = lines.Ended is { IsCompletedSuccessfully: true, Result: { ExitCode: 0, Loss: null } };
        if (!lines.Ended.IsCompleted)
            await mark.KillAsync(connection, probe).ConfigureAwait(false);
        await lines.DisposeAsync().ConfigureAwait(false);
        return inOrder;
    }

    private static async Task<Hello> HelloAsync(string target, ILineChannel lines, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeoutScale.Scale(HelloTime));
        byte[] line;
        try
        {
            line = await lines.ReceiveAsync(timer.Token).ConfigureAwait(false)
                ?? throw await EndAsync(target, lines).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TargetException(
                TargetFailure.ProbeFailed,
                target,
                $"the probe is silent {TimeoutScale.Scale(HelloTime).TotalSeconds:0} s after its start: look at the details",
                lines.ErrorTail
            );
        }
        catch (OutputRefusedException e)
        {
            throw new TargetException(
                TargetFailure.ProbeMismatch,
                target,
                $"no probe speaks there, but {e.Message}",
                inner: e
            );
        }
        return Parse(line)
            ?? throw new TargetException(
                TargetFailure.ProbeMismatch,
                target,
                $"no probe speaks there, but: {Shown(line)}: silence the login's start-up files",
                lines.ErrorTail
            );
    }

    // Not the strict codec of the protocol: the hello of another protocol version must be readable enough to report
    // that version.
    private static Hello? Parse(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("hello", out var hello)
                && hello.ValueKind == JsonValueKind.Object
                ? new Hello(
                    Number(hello, "protocol"),
                    Text(hello, "probe"),
                    Text(hello, "runtime"),
                    Number(hello, "pid"),
                    Text(hello, "bootId")
                )
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number)
            ? number
            : -1;

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static string Shown(byte[] line)
    {
        const int most = 80;
        var text = Encoding.UTF8.GetString(line.AsSpan(0, Math.Min(line.Length, most)));
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }

    /// <summary>The error that describes how the probe ended.</summary>
    private static async Task<TargetException> EndAsync(string target, ILineChannel lines)
    {
        // Its output can end before its process does; and a process that closes its output but continues is not a
        // probe.
        await Task.WhenAny(lines.Ended, Task.Delay(TimeoutScale.Scale(LeaveTime))).ConfigureAwait(false);
        if (!lines.Ended.IsCompleted)
            return new TargetException(
                TargetFailure.ProbeFailed,
                target,
                "the probe closed its output but did not end",
                lines.ErrorTail
            );
        var end = await lines.Ended.ConfigureAwait(false);
        if (end.Loss is { } loss)
            return loss;
        var how =
            end.Signal is { } signal ? $"signal {signal}"
            : end.ExitCode == 255 ? "exit status 255 or a signal"
            : new ProcessExit(end.ExitCode).ToString();
        var last = end.ErrorTail.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault()
            ?? "no output";
        return new TargetException(
            TargetFailure.ProbeFailed,
            target,
            $"the probe ended with {how}: {last}",
            lines.HalfLine.Length > 0 ? $"{end.ErrorTail}\nin the middle of a line: {lines.HalfLine}" : end.ErrorTail
        );
    }
}
