using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.SshNet;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>The server program.</summary>
public enum ServerKind
{
    OpenSsh,

    /// <summary>The server of guests.</summary>
    Dropbear,
}

/// <summary>
/// A real ssh server of this machine on a loopback port. Its keys and its configuration are made for the test; the
/// login is the user who runs it.
/// </summary>
internal sealed class RealSshd : IDisposable
{
    private const string Sshd = "/usr/sbin/sshd";
    private const string Dropbear = "/usr/sbin/dropbear";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);
    private readonly TransportKind _transport;
    private readonly ServerKind _kind;
    private readonly string _settings;
    private ChildProcess? _server;

    public RealSshd(
        TransportKind transport = TransportKind.OpenSsh,
        ServerKind kind = ServerKind.OpenSsh,
        string settings = "",
        string keyType = "ed25519"
    )
    {
        (_transport, _kind, _settings) = (transport, kind, settings);
        var program = kind == ServerKind.OpenSsh ? Sshd : Dropbear;
        if (!File.Exists(program))
            Assert.Ignore($"needs {program}");
        if (kind == ServerKind.Dropbear && Environment.UserName != "root")
            Assert.Ignore("dropbear looks for keys in the user's home: giving it another takes root");
        if (Environment.UserName == "root")
            Directory.CreateDirectory("/run/sshd"); // for sshd's privilege separation
        Folder = Directory.CreateTempSubdirectory("sshd").FullName;
        Bin = Directory.CreateDirectory(PathOf("bin")).FullName;
        Run = RunDirectory.Create("lab", Folder);
        Directory.CreateDirectory(PathOf("runtime"));
        foreach (var name in new[] { "host", "other-host", "login", "other-login" })
            Keygen(name, name.EndsWith("host", StringComparison.Ordinal) ? keyType : "ed25519");
        Directory.CreateDirectory(
            PathOf(".ssh"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        File.Copy(PathOf("login.pub"), AuthorizedKeys);
        Start();
        RecordHost("host");
        File.WriteAllText(PathOf("ssh_config"), $"Host lab1\n  HostName 127.0.0.1\n  Port {Port}\n");
    }

    public string Folder { get; }

    /// <summary>First in the PATH of the login.</summary>
    public string Bin { get; }

    public RunDirectory Run { get; }

    public int Port { get; private set; }

    public string Where => $"127.0.0.1:{Port}";

    /// <summary>Its name in known_hosts.</summary>
    public string Known => $"[127.0.0.1]:{Port}";

    public string AuthorizedKeys => PathOf(".ssh/authorized_keys");

    /// <summary>The listening process, and the session leader of its children.</summary>
    public ChildProcess Server => _server!;

    public SshOptions Options =>
        new("lab1")
        {
            ConfigFile = PathOf("ssh_config"),
            IdentityFile = PathOf("login"),
            KnownHostsFile = PathOf("known_hosts"),
        };

    public string PathOf(string name) => Path.Combine(Folder, name);

    public PublicKey KeyOf(string name) => PublicKey.Parse(File.ReadAllText(PathOf(name + ".pub")))!;

    public void RecordHost(string key) =>
        File.WriteAllText(PathOf("known_hosts"), KnownHostsFile.LineOf(Known, KeyOf(key), false) + "\n");

    /// <summary>A program in the login's PATH.</summary>
    public void Provide(string name, string script) => Script(Path.Combine(Bin, name), script);

    public Task<IConnection> ConnectAsync(SshOptions? options = null) => Transport(options ?? Options).ConnectAsync();

    public ITransport Transport(SshOptions options) =>
        _transport == TransportKind.OpenSsh
            ? new SshTransport(new ProcessRunner(), "lab", options, Run)
            : new SshNetTransport("lab", new HostResolver(new ProcessRunner(), "lab", options).ResolveAsync);

    public SshTarget Target(SshOptions? options = null) =>
        new("lab", options ?? Options, new ProcessRunner()) { Transport = _transport };

    public void Dispose()
    {
        _server?.DisposeAsync().AsTask().Wait();
        Run.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Start()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (clock.Elapsed < TimeoutScale.Scale(StartTime))
        {
            // Another process may take the port before the server does: then try another.
            Port = FreePort();
            _server = new ProcessRunner().Start(
                _kind == ServerKind.OpenSsh ? OpenSsh() : DropbearSpec(),
                ChildOutput.Messages
            );
            while (!_server.Exited.IsCompleted && clock.Elapsed < TimeoutScale.Scale(StartTime))
            {
                if (Speaks())
                    return;
                Thread.Sleep(10);
            }
            var said = _server.ErrorTail.ToString();
            _server.DisposeAsync().AsTask().Wait();
            if (!said.Contains("in use", StringComparison.Ordinal))
                throw new AssertionException($"the server does not start: {said}");
        }
        throw new AssertionException("the server does not start in time");
    }

    private ProcessSpec OpenSsh()
    {
        File.WriteAllText(
            PathOf("sshd_config"),
            $"""
            ListenAddress 127.0.0.1
            Port {Port}
            HostKey {PathOf("host")}
            AuthorizedKeysFile {AuthorizedKeys}
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PidFile none
            MaxStartups 100
            SetEnv PATH={Bin}:/usr/bin:/bin XDG_RUNTIME_DIR={PathOf("runtime")}
            {_settings}
            """
        );
        var serve = $"{Sshd} -D -e -f {PathOf("sshd_config")}";
        return Environment.UserName == "root" ? WithHome(serve) : new ProcessSpec("sh", "-c", "exec " + serve);
    }

    private ProcessSpec DropbearSpec()
    {
        if (!File.Exists(PathOf("host.dropbear")))
            new ProcessRunner()
                .RunAsync(
                    new ProcessSpec("dropbearconvert", "openssh", "dropbear", PathOf("host"), PathOf("host.dropbear"))
                )
                .GetAwaiter()
                .GetResult()
                .EnsureSuccess();
        return WithHome(
            $"{Dropbear} -F -E -p 127.0.0.1:{Port} -r {PathOf("host.dropbear")} -P {PathOf("dropbear.pid")}"
        );
    }

    /// <summary>
    /// In a mount namespace, with the test's folder as the user's home and a plain shell as the user's shell: the
    /// start-up files of the user who runs the tests must not matter.
    /// </summary>
    private ProcessSpec WithHome(string serve)
    {
        Script(
            PathOf("shell"),
            $"export PATH={Bin}:/usr/bin:/bin XDG_RUNTIME_DIR={PathOf("runtime")}\nexec /bin/sh \"$@\"\n"
        );
        File.WriteAllLines(
            PathOf("passwd"),
            File.ReadLines("/etc/passwd")
                .Where(l => !l.StartsWith("root:", StringComparison.Ordinal))
                .Prepend($"root:x:0:0:root:{Folder}:{PathOf("shell")}")
        );
        File.WriteAllText(PathOf("shells"), PathOf("shell") + "\n");
        return new ProcessSpec(
            "unshare",
            "-m",
            "sh",
            "-c",
            $"mount --bind {PathOf("passwd")} /etc/passwd && mount --bind {PathOf("shells")} /etc/shells && exec {serve}"
        );
    }

    private bool Speaks()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveTimeout = 2000,
            };
            socket.Connect(IPAddress.Loopback, Port);
            return socket.Receive(new byte[4]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void Script(string path, string script)
    {
        File.WriteAllText(path, "#!/bin/sh\n" + script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private void Keygen(string name, string type) =>
        new ProcessRunner()
            .RunAsync(
                new ProcessSpec(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    type,
                    "-N",
                    "",
                    "-C",
                    string.Create(CultureInfo.InvariantCulture, $"{name}"),
                    "-f",
                    PathOf(name)
                )
            )
            .GetAwaiter()
            .GetResult()
            .EnsureSuccess();
}
