using System.Globalization;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Ssh;

/// <summary>Logs in with the user's own OpenSSH client.</summary>
/// <param name="runner">Starts it.</param>
/// <param name="target">The target's name, for messages.</param>
/// <param name="options">How to log in.</param>
/// <param name="directory">For the control socket and the log.</param>
public sealed class SshTransport(IProcessRunner runner, string target, SshOptions options, RunDirectory directory)
    : ITransport
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private string? _where;
    private int _count;

    public async Task<IConnection> ConnectAsync(CancellationToken cancel = default)
    {
        var where = _where ??= await PreflightAsync(cancel).ConfigureAwait(false);
        // A new name each time: the log of a failed attempt must not be mistaken for the next one's.
        var number = _count++;
        var socket = directory.PathOf($"m{number}");
        var log = directory.PathOf($"ssh{number}.log");
        var spec = new ProcessSpec(options.Program, options.Master(socket, log))
        {
            Environment = SshOptions.Environment,
        };
        var master = StartMaster(spec, $"ssh{number}");
        try
        {
            await LoginAsync(master, socket, log, where, cancel).ConfigureAwait(false);
            return new SshConnection(runner, target, options, master, socket, log, where);
        }
        catch
        {
            await master.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// ssh -G: are the options and the user's configuration valid, and which host do they resolve to?
    /// </summary>
    private async Task<string> PreflightAsync(CancellationToken cancel)
    {
        if (options.IdentityFile is { } key && !File.Exists(key) && !File.Exists(key + ".pub"))
            throw new TargetException(TargetFailure.Configuration, target, $"the key {key} does not exist");
        try
        {
            var settings = await SshSettings
                .AskAsync(runner, target, options, options.Preflight(), cancel)
                .ConfigureAwait(false);
            return SshSettings.Where(
                settings["hostname"] ?? options.Destination,
                int.TryParse(settings["port"], CultureInfo.InvariantCulture, out int port) ? port : 22
            );
        }
        catch (ProgramNotFoundException e)
        {
            throw Missing(e);
        }
    }

    private ChildProcess StartMaster(ProcessSpec spec, string name)
    {
        try
        {
            var master = runner.Start(spec, ChildOutput.Messages);
            directory.Record(name, master);
            return master;
        }
        catch (ProgramNotFoundException e)
        {
            throw Missing(e);
        }
    }

    private TargetException Missing(ProgramNotFoundException e) =>
        new(TargetFailure.ProgramMissing, target, e.Message, inner: e);

    /// <summary>The master creates its socket after the login: its existence is the sign to wait for.</summary>
    private async Task LoginAsync(
        ChildProcess master,
        string socket,
        string log,
        string where,
        CancellationToken cancel
    )
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeoutScale.Scale(options.LoginTimeout));
        while (!File.Exists(socket))
        {
            if (master.Exited.IsCompleted)
            {
                var text = SshConnection.ReadLog(log) + master.ErrorTail;
                var failure = SshMessage.Classify(text);
                throw new TargetException(
                    failure,
                    target,
                    SshMessage.Advice(failure, where, options, text),
                    $"{master.Spec.CommandLine}\n{text}"
                );
            }
            try
            {
                await Task.Delay(BetweenLooks, timer.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new TargetException(
                    TargetFailure.Timeout,
                    target,
                    $"the login at {where} hangs: try it by hand (ssh {options.Destination})",
                    $"{master.Spec.CommandLine}\n{SshConnection.ReadLog(log)}{master.ErrorTail}"
                );
            }
        }
    }
}
