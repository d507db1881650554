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
        // A name of its own each time: the log of a failed attempt must not speak for the next.
        var number = _count++;
        var socket = directory.PathOf($"m{number}");
        var log = directory.PathOf($"ssh{number}.log");
        var spec = new ProcessSpec(options.Program, options.Master(socket, log)) { Environment = SshOptions.Environment };
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

    /// <summary>ssh -G: are the options and the user's configuration valid, and where do they lead?</summary>
    private async Task<string> PreflightAsync(CancellationToken cancel)
    {
        ProcessResult result;
        var spec = new ProcessSpec(options.Program, options.Preflight())
        {
            Environment = SshOptions.Environment,
            Deadline = TimeSpan.FromSeconds(10), // "Match exec" of a user's configuration can take its time.
        };
        try
        {
            result = await runner.RunAsync(spec, cancel).ConfigureAwait(false);
        }
        catch (ProgramNotFoundException e)
        {
            throw Missing(e);
        }
        catch (ProcessTimeoutException e)
        {
            throw new TargetException(TargetFailure.Configuration, target,
                $"'{options.Program} -G' hangs: look for 'Match exec' in your ssh_config", e.Result.ErrorText, e);
        }
        if (result.ExitCode != 0)
            throw new TargetException(TargetFailure.Configuration, target,
                SshMessage.Advice(TargetFailure.Configuration, options.Destination, options, result.ErrorText),
                $"{spec.CommandLine}\n{result.ErrorText}");
        var settings = result.OutputText.Split('\n').Select(line => line.Split(' ', 2)).Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0], pair => pair[1]);
        var host = settings["hostname"].FirstOrDefault() ?? options.Destination;
        var port = settings["port"].FirstOrDefault() ?? "22";
        return host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
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

    /// <summary>The master creates its socket after the login, and not before: it is the sign to wait for.</summary>
    private async Task LoginAsync(
        ChildProcess master, string socket, string log, string where, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(Patience.Scale(options.LoginTimeout));
        while (!File.Exists(socket))
        {
            if (master.Exited.IsCompleted)
            {
                var text = SshConnection.ReadLog(log) + master.ErrorTail;
                var failure = SshMessage.Classify(text);
                throw new TargetException(failure, target, SshMessage.Advice(failure, where, options, text),
                    $"{master.Spec.CommandLine}\n{text}");
            }
            try
            {
                await Task.Delay(BetweenLooks, timer.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new TargetException(TargetFailure.Timeout, target,
                    $"the login at {where} hangs: try it by hand (ssh {options.Destination})",
                    $"{master.Spec.CommandLine}\n{SshConnection.ReadLog(log)}{master.ErrorTail}");
            }
        }
    }
}
