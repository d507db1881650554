using Harness.Processes;

namespace Harness.Targets.Transport;

/// <summary>A way to reach one host: <see cref="SshNet.SshNetTransport"/>, or the user's OpenSSH client.</summary>
public interface ITransport
{
    /// <summary>Connects and logs in.</summary>
    /// <exception cref="TargetException">With the kind of failure.</exception>
    Task<IConnection> ConnectAsync(CancellationToken cancel = default);
}

/// <summary>An established login on a host; several commands can run concurrently.</summary>
public interface IConnection : IAsyncDisposable
{
    /// <summary>The target's name, for messages.</summary>
    string Target { get; }

    /// <summary>
    /// Completes, with the reason as its result, when the connection is lost; never if it is disposed before.
    /// </summary>
    Task<TargetException> Lost { get; }

    /// <summary>
    /// Runs a POSIX shell command to its end. An exit code other than 0 is a result. Cancelling ends the session; the
    /// host's command only notices its closed streams.
    /// </summary>
    /// <param name="command">A line for the login shell; build it with <see cref="ShellQuote"/>.</param>
    /// <param name="input">The command's stdin; empty if null.</param>
    /// <param name="deadline">Time limit, before scaling by <see cref="TimeoutScale"/>; 60 s if null.</param>
    /// <param name="cancel">Ends the wait and the session.</param>
    /// <exception cref="TargetException">The connection was lost, or the deadline passed.</exception>
    Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input = null,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    );

    /// <summary>Starts a long-running command that communicates in lines.</summary>
    /// <exception cref="TargetException">The connection was lost.</exception>
    Task<ILineChannel> StartAsync(string command, CancellationToken cancel = default);
}

/// <summary>The result of a finished command.</summary>
/// <param name="ExitCode">The command's; 255 also if a signal ended it.</param>
/// <param name="Output">Its stdout.</param>
/// <param name="Errors">Its stderr.</param>
/// <param name="Duration">From start to end, including the connection's latency.</param>
public sealed record CommandResult(int ExitCode, string Output, string Errors, TimeSpan Duration)
{
    /// <summary>"KILL" if a signal ended it and the transport reports it; OpenSSH's client doesn't.</summary>
    public string? Signal { get; init; }
}

/// <summary>A command on a host that communicates in lines of UTF-8 that end in LF.</summary>
public interface ILineChannel : IAsyncDisposable
{
    /// <summary>Completes with the result when the command has ended; never faults.</summary>
    Task<ChannelEnd> Ended { get; }

    /// <summary>The end of the command's stderr, so far.</summary>
    string ErrorTail { get; }

    /// <summary>
    /// The text after the last LF, once <see cref="ReceiveAsync"/> has returned null: not empty if the command died
    /// during a write.
    /// </summary>
    string HalfLine { get; }

    /// <summary>Sends one line of UTF-8, given without its LF; thread-safe.</summary>
    /// <exception cref="ArgumentException">The line contains a line feed.</exception>
    /// <exception cref="IOException">The command reads no more input.</exception>
    Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel = default);

    /// <summary>Closes the command's stdin.</summary>
    Task CloseInputAsync();

    /// <summary>The next line's bytes without the LF; null at the end of output. One reader at a time.</summary>
    /// <exception cref="OutputRefusedException">A line is longer than the channel's limit, or there is more output than
    /// the channel keeps for its reader.</exception>
    Task<byte[]?> ReceiveAsync(CancellationToken cancel = default);
}

/// <summary>How a channel's command ended.</summary>
/// <param name="ExitCode">255 if a signal ended it or the connection was lost.</param>
/// <param name="ErrorTail">The end of its stderr.</param>
/// <param name="Loss">The reason, if the connection ended; null if the command itself did.</param>
public sealed record ChannelEnd(int ExitCode, string ErrorTail, TargetException? Loss)
{
    /// <summary>"KILL" if a signal ended it and the transport reports it; OpenSSH's client doesn't.</summary>
    public string? Signal { get; init; }
}

/// <summary>Output that violates the protocol: nothing further from the other side can be trusted.</summary>
public class OutputRefusedException(string what) : IOException(what);

/// <summary>A line over the protocol's limit.</summary>
public sealed class LineTooLongException(int limit, string start)
    : OutputRefusedException($"a line of more than {limit} bytes, starting with: {start}")
{
    public int Limit { get; } = limit;
}

/// <summary>More output than a channel keeps for a reader that does not read.</summary>
public sealed class TooMuchOutputException(long limit) : OutputRefusedException($"more than {limit >> 20} MiB unread");
