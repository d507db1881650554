using Harness.Processes;
using Harness.Targets.Transport;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Harness.Targets.SshNet;

/// <summary>Logs in with SSH.NET, within this process.</summary>
/// <param name="target">The target's name, for messages.</param>
/// <param name="resolve">Determines how to log in; called at each attempt.</param>
public sealed class SshNetTransport : ITransport
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private readonly string _target;
    private readonly Func<CancellationToken, Task<ResolvedHost>> _resolve;

    internal SshNetTransport(string target, Func<CancellationToken, Task<ResolvedHost>> resolve)
    {
        _target = target;
        _resolve = resolve;
    }

    internal SshNetTransport(string target, ResolvedHost host)
        : this(target, _ => Task.FromResult(host)) { }

    public async Task<IConnection> ConnectAsync(CancellationToken cancel = default)
    {
        var host = await _resolve(cancel).ConfigureAwait(false);
        var limit = TimeoutScale.Scale(host.LoginTimeout);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        var way = new NetworkPath();
        try
        {
            foreach (var (jump, next) in host.Jumps.Zip(host.Jumps.Skip(1).Append(host)))
                way.Forward(await LoginAsync(jump, way, timer.Token).ConfigureAwait(false), jump.Where, next);
            var client = await LoginAsync(host, way, timer.Token).ConfigureAwait(false);
            return await SshNetConnection
                .TakeOverAsync(_target, host.Where, client, way, host.AliveInterval, timer.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            foreach (var part in way.Parts.Reverse())
                await Blocking.DisposeAsync(part, CloseTime).ConfigureAwait(false);
            if (e is not OperationCanceledException || cancel.IsCancellationRequested)
                throw;
            throw new TargetException(
                TargetFailure.Timeout,
                _target,
                $"the login at {host.Where} hangs: try it by hand (ssh {host.Destination})"
            );
        }
    }

    private async Task<SshClient> LoginAsync(ResolvedHost host, NetworkPath way, CancellationToken cancel)
    {
        LoginKeys keys;
        try
        {
            keys = await Blocking.Run(() => LoginKeys.Open(host.Keys)).ConfigureAwait(false);
        }
        catch (LoginKeyException e)
        {
            throw new TargetException(TargetFailure.Configuration, _target, e.Message, inner: e);
        }
        var attempt = new Attempt(_target, host, keys, way);
        var login = Blocking.Run(() => attempt.Login(cancel));
        try
        {
            return await login.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The library can't be interrupted during a login: it ends by its own timeout.
            _ = login.ContinueWith(
                late => late.Result.Dispose(),
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnRanToCompletion,
                TaskScheduler.Default
            );
            throw;
        }
    }

    /// <summary>One login of one client.</summary>
    private sealed class Attempt(string target, ResolvedHost host, LoginKeys keys, NetworkPath way)
    {
        private volatile HostKeyVerdict? _verdict;

        public SshClient Login(CancellationToken cancel)
        {
            var method = new PrivateKeyAuthenticationMethod(host.User, [.. keys.Offered]);
            var (at, port) = way.End ?? (host.Host, host.Port);
            var info = new ConnectionInfo(at, port, host.User, method)
            {
                Timeout = TimeoutScale.Scale(host.ConnectTimeout),
                // A refused channel is not retried; our own count stays below the server's limit.
                RetryAttempts = 1,
                MaxSessions = int.MaxValue,
            };
            Algorithms.Restrict(info, host.HostKeys.Types);
            var client = new SshClient(info);
            try
            {
                client.HostKeyReceived += Judge;
                client.ConnectAsync(cancel).GetAwaiter().GetResult();
                return client;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                client.Dispose();
                if (e is OperationCanceledException)
                    throw;
                throw Reason(e);
            }
            finally
            {
                // The keys are not needed again: a host that requests new session keys does not need these.
                method.Dispose();
                keys.Dispose();
            }
        }

        private void Judge(object? sender, HostKeyEventArgs e)
        {
            // The library trusts every key that is not rejected.
            e.CanTrust = false;
            if (e.Certificate is not null)
                return;
            var type = new SshReader(e.HostKey).TryText(out var named) ? named : e.HostKeyName;
            _verdict = host.HostKeys.Judge(new PublicKey(type, e.HostKey));
            e.CanTrust = _verdict.Failure is null;
        }

        private TargetException Reason(Exception e)
        {
            if (_verdict is { Failure: { } refusal } verdict)
                return new TargetException(refusal, target, verdict.Why, inner: e);
            if (way.Broken is { } broken)
                return new TargetException(TargetFailure.Unreachable, target, broken, inner: e);
            var failure = LoginFailure.Classify(e, keyTrusted: _verdict is not null);
            return new TargetException(
                failure,
                target,
                LoginFailure.Advice(failure, host, e, [.. keys.Notes, .. host.Notes]),
                Plain.Text(e.Message),
                e
            );
        }
    }
}
