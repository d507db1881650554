using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Harness.Processes;

namespace Harness.Chaos;

/// <summary>
/// A real OpenSSH server in front of the lab host, with a host key of its own: each command is passed on, so that its
/// limits and its death are those of a lab host's server. What the probe says can be replaced on the way.
/// </summary>
internal sealed class FrontServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _way;
    private readonly ChildProcess _server;
    private readonly string _lie;

    private FrontServer(ChildProcess way, ChildProcess server, int port, string hostKey, string lie)
    {
        _way = way;
        _server = server;
        Port = port;
        HostKey = hostKey;
        _lie = lie;
    }

    public int Port { get; }

    /// <summary>"ssh-ed25519 AAAA...".</summary>
    public string HostKey { get; }

    /// <summary>The server's process for each login.</summary>
    public IReadOnlyList<int> Sessions =>
        [.. ProcessTree.Below(_server.Pid).Where(pid => Title(pid).StartsWith("sshd", StringComparison.Ordinal))];

    /// <param name="lab">With the host behind it.</param>
    /// <param name="place">For its files.</param>
    /// <param name="settings">Lines for sshd_config.</param>
    public static async Task<FrontServer> StartAsync(Lab lab, Workplace place, string settings = "")
    {
        var runner = new ProcessRunner();
        string folder = Directory.CreateDirectory(place.PathOf("front")).FullName;
        string Of(string name) => Path.Combine(folder, name);
        Directory.CreateDirectory("/run/sshd"); // for sshd's separation of privileges
        await Shell
            .RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "front", "-f", Of("host"))
            .ConfigureAwait(false);
        string[] ssh = [.. GuestSsh.Options(lab.Keys.LoginKeyPath, lab.Guest.SshPort), "-S", Of("way")];
        var way = runner.Start(new ProcessSpec("ssh", [.. ssh, "-M", "-N", "root@127.0.0.1"]), ChildOutput.Messages);
        await UntilAsync(() => File.Exists(Of("way")), way).ConfigureAwait(false);
        string pass = $"ssh {ShellQuote.Join(ssh)} root@127.0.0.1 \"$SSH_ORIGINAL_COMMAND\"";
        File.WriteAllText(
            Of("pass"),
            $"""
            #!/bin/sh
            case $SSH_ORIGINAL_COMMAND in *"/probe --hash"*)
                [ ! -e {Of("lie")} ] || exec sh -c '{pass} | exec "$@"' sh {ShellQuote.Join(Liar.Command(Of("lie")))} ;;
            esac
            exec {pass}

            """
        );
        File.SetUnixFileMode(Of("pass"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        int port = FreePort();
        File.WriteAllText(
            Of("sshd_config"),
            $"""
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {Of("host")}
            AuthorizedKeysFile {lab.Keys.LoginKeyPath}.pub
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            PidFile none
            PrintMotd no
            ForceCommand {Of("pass")}
            {settings}

            """
        );
        var server = runner.Start(
            new ProcessSpec("/usr/sbin/sshd", "-D", "-e", "-f", Of("sshd_config")),
            ChildOutput.Messages
        );
        await UntilAsync(() => ListeningPorts.Of(server.Pid).Contains(port), server).ConfigureAwait(false);
        string[] key = File.ReadAllText(Of("host.pub")).Split(' ');
        return new FrontServer(way, server, port, $"{key[0]} {key[1]}", Of("lie"));
    }

    /// <summary>From the next probe on, what it says is replaced.</summary>
    public void Lie(Lie lie) => File.WriteAllText(_lie, lie.ToString());

    public void SignalSessions(int signal)
    {
        foreach (int pid in Sessions)
            _ = ProcessTree.Kill(pid, signal);
    }

    public async ValueTask DisposeAsync()
    {
        SignalSessions(ProcessTree.Continue);
        await _server.KillAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _way.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task UntilAsync(Func<bool> ready, ChildProcess process)
    {
        var clock = Stopwatch.StartNew();
        while (!ready())
        {
            if (process.Exited.IsCompleted || clock.Elapsed > StartTime)
                throw new InvalidOperationException($"{process.Spec.CommandLine} does not start: {process.ErrorTail}");
            await Task.Delay(10).ConfigureAwait(false);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Title(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
