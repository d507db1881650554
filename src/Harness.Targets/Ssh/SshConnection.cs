using System.Diagnostics;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Ssh;

/// <summary>One foreground ssh master, and sessions over its control socket.</summary>
internal sealed class SshConnection : IConnection
{
    /// <summary>sshd's MaxSessions is 10 by default; beyond it ssh would silently log in again.</summary>
    private const int MostSessions = 8;

    private readonly IProcessRunner _runner;
    private readonly SshOptions _options;
    private readonly ChildProcess _master;
    private readonly string _socket;
    private readonly string _log;
    private readonly string _where;
    private readonly SemaphoreSlim _slots = new(MostSessions);
    private readonly TaskCompletionSource<TargetException> _lost = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private volatile bool _closing;

    public SshConnection(
        IProcessRunner runner,
        string target,
        SshOptions options,
        ChildProcess master,
        string socket,
        string log,
        string where
    )
    {
        _runner = runner;
        Target = target;
        _options = options;
        _master = master;
        _socket = socket;
        _log = log;
        _where = where;
        _ = WatchAsync();
    }

    public string Target { get; }

    public Task<TargetException> Lost => _lost.Task;

    /// <summary>The master's exit, for tests that end it.</summary>
    internal ChildProcess Master => _master;

    public async Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input,
        TimeSpan? deadline,
        CancellationToken cancel
    )
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var clock = Stopwatch.StartNew();
            var spec = Session(command) with
            {
                Input = input ?? ProcessInput.Nothing,
                Deadline = deadline ?? TimeSpan.FromSeconds(60),
            };
            var result = await _runner.RunAsync(spec, cancel).ConfigureAwait(false);
            if (result.ExitCode == 255)
                await ThrowIfNotTheCommandsAsync(result.ErrorText).ConfigureAwait(false);
            return new CommandResult(result.ExitCode, result.OutputText, result.ErrorText, clock.Elapsed);
        }
        catch (ProcessTimeoutException e)
        {
            throw new TargetException(
                TargetFailure.Timeout,
                Target,
                $"a command was not done in time ({e.Message}): {Shortened(command)}",
                e.Result.ErrorText,
                e
            );
        }
        finally
        {
            _slots.Release();
        }
    }

    public async Task<ILineChannel> StartAsync(string command, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_lost.Task.IsCompletedSuccessfully)
                throw await _lost.Task.ConfigureAwait(false);
            return new SshChannel(_runner.Start(Session(command)), WhyAsync, () => _slots.Release());
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _master.DisposeAsync().ConfigureAwait(false);
    }

    internal static string ReadLog(string log) => File.Exists(log) ? File.ReadAllText(log) : "";

    private ProcessSpec Session(string command) =>
        new(_options.Program, SshOptions.Session(_socket, command)) { Environment = SshOptions.Environment };

    private async Task WatchAsync()
    {
        var exit = await _master.Exited.ConfigureAwait(false);
        if (!_closing)
            _lost.TrySetResult(Loss(exit));
    }

    private TargetException Loss(ProcessExit exit)
    {
        var text = ReadLog(_log) + _master.ErrorTail;
        return new TargetException(
            TargetFailure.SessionLost,
            Target,
            $"the ssh connection to {_where} was lost ({exit}): {SshMessage.LastLine(text)}",
            text
        );
    }

    /// <summary>
    /// 255 is the exit status of the command, of a signal, or of ssh. If the master runs and the client reports no
    /// error of its own, it is the command's.
    /// </summary>
    private async Task ThrowIfNotTheCommandsAsync(string errors)
    {
        if (await WhyAsync(errors).ConfigureAwait(false) is { } reason)
            throw reason;
    }

    /// <summary>Why a session ended with 255; null if its command did.</summary>
    private async Task<TargetException?> WhyAsync(string errors)
    {
        if (!_lost.Task.IsCompleted && !_closing)
        {
            // The master may be about to die: its end and the session's are seen in any order.
            var check = new ProcessSpec(_options.Program, SshOptions.Check(_socket))
            {
                Environment = SshOptions.Environment,
                Deadline = TimeSpan.FromSeconds(10),
            };
            var alive = await IsAliveAsync(check).ConfigureAwait(false);
            if (alive)
                return SshMessage.IsOfTheClient(errors)
                    ? new TargetException(
                        TargetFailure.SessionRefused,
                        Target,
                        $"{_where} refused a session: raise MaxSessions in its sshd_config above {MostSessions}",
                        errors
                    )
                    : null;
        }
        if (_closing)
            return new TargetException(TargetFailure.SessionLost, Target, "the connection was closed by the harness");
        await _master.StopAsync().ConfigureAwait(false);
        return await _lost.Task.ConfigureAwait(false);
    }

    private async Task<bool> IsAliveAsync(ProcessSpec check)
    {
        try
        {
            return (await _runner.RunAsync(check).ConfigureAwait(false)).ExitCode == 0;
        }
        catch (ProcessTimeoutException)
        {
            return false; // A master that does not respond on its own socket is unusable.
        }
    }

    private static string Shortened(string command)
    {
        const int most = 60;
        var line = command.ReplaceLineEndings(" ");
        return line.Length <= most ? line : line[..most] + "...";
    }
}
