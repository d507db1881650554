using Harness.Processes;

namespace Harness.Targets.Transport;

/// <summary>A way to reach one host: <see cref="SshNet.SshNetTransport"/>, or the user's OpenSSH client.</summary>
public interface ITransport
{
    /// <summary>Connects and logs in.</summary>
    /// <exception cref="TargetException">With the kind of failure.</exception>
    Task<IConnection> ConnectAsync(CancellationToken cancel = default);
}

/// <summary>An established login on a host, over which commands run side by side.</summary>
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
    /// host tells its command only by closing its streams.
    /// </summary>
    /// <param name="command">A line for the login shell; build it with <see cref="ShellQuote"/>.</param>
    /// <param name="input">What the command reads; nothing if null.</param>
    /// <param name="deadline">Longest time, before <see cref="TimeoutScale"/> stretches it; 60 s if null.</param>
    /// <param name="cancel">Ends the wait and the session.</param>
    /// <exception cref="TargetException">The connection was lost, or the deadline passed.</exception>
    Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input = null,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    );

    /// <summary>Starts a command that stays and talks in lines.</summary>
    /// <exception cref="TargetException">The connection was lost.</exception>
    Task<ILineChannel> StartAsync(string command, CancellationToken cancel = default);
}

/// <summary>What a finished command left behind.</summary>
/// <param name="ExitCode">The command's; 255 also where a signal ended it.</param>
/// <param name="Output">Its stdout.</param>
/// <param name="Errors">Its stderr.</param>
/// <param name="Duration">From start to end, the way to the host included.</param>
public sealed record CommandResult(int ExitCode, string Output, string Errors, TimeSpan Duration)
{
    /// <summary>"KILL" where a signal ended it and the transport can tell; OpenSSH's client can't.</summary>
    public string? Signal { get; init; }
}

/// <summary>A command on a host, spoken to in lines of UTF-8 that end in LF.</summary>
public interface ILineChannel : IAsyncDisposable
{
    /// <summary>Completes when the command has ended, with how; never faults.</summary>
    Task<ChannelEnd> Ended { get; }

    /// <summary>The end of the command's stderr, so far.</summary>
    string ErrorTail { get; }

    /// <summary>
    /// What stood after the last LF, once <see cref="ReceiveAsync"/> has returned null: not empty where the command
    /// died while it wrote.
    /// </summary>
    string HalfLine { get; }

    /// <summary>Sends one line of UTF-8, given without its LF; safe to call from several places at once.</summary>
    /// <exception cref="ArgumentException">The line holds a line feed.</exception>
    /// <exception cref="IOException">The command takes no more input.</exception>
    Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel = default);

    /// <summary>The command's end of file.</summary>
    Task CloseInputAsync();

    /// <summary>The next line's bytes without the LF; null at the end of output. One reader at a time.</summary>
    /// <exception cref="OutputRefusedException">A line is longer than the channel's limit, or there is more output than
    /// the channel keeps for its reader.</exception>
    Task<byte[]?> ReceiveAsync(CancellationToken cancel = default);
}

/// <summary>How a channel's command ended.</summary>
/// <param name="ExitCode">255 where a signal ended it or the connection was lost.</param>
/// <param name="ErrorTail">The end of its stderr.</param>
/// <param name="Loss">The reason, if it was the connection that ended; null if the command itself did.</param>
public sealed record ChannelEnd(int ExitCode, string ErrorTail, TargetException? Loss)
{
    /// <summary>"KILL" where a signal ended it and the transport can tell; OpenSSH's client can't.</summary>
    public string? Signal { get; init; }
}

/// <summary>Output that neither side agreed on: what speaks there is not to be trusted further.</summary>
public class OutputRefusedException(string what) : IOException(what);

/// <summary>A line that is longer than both sides agreed on.</summary>
public sealed class LineTooLongException(int limit, string start)
    : OutputRefusedException($"a line of more than {limit} bytes, starting with: {start}")
{
    public int Limit { get; } = limit;
}

/// <summary>More output than a channel keeps for a reader that does not read.</summary>
public sealed class TooMuchOutputException(long limit) : OutputRefusedException($"more than {limit >> 20} MiB unread");
