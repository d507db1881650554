using System.Globalization;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>
/// A real sshd of this machine, without a port: the ssh client starts it through a ProxyCommand. Its keys and its
/// configuration are made for the test; the login is the user who runs it.
/// </summary>
internal sealed class RealSshd : IDisposable
{
    private const string Sshd = "/usr/sbin/sshd";

    public RealSshd()
    {
        if (!File.Exists(Sshd))
            Assert.Ignore($"needs {Sshd} (package openssh-server)");
        if (Environment.UserName == "root")
            Directory.CreateDirectory("/run/sshd"); // Where sshd locks its children in; a running service makes it, too.
        Folder = Directory.CreateTempSubdirectory("sshd").FullName;
        Bin = Directory.CreateDirectory(PathOf("bin")).FullName;
        Run = RunDirectory.Create("lab", Folder);
        foreach (var name in new[] { "host", "other-host", "login", "other-login" })
            Keygen(name);
        File.Copy(PathOf("login.pub"), PathOf("authorized_keys"));
        RecordHost("host");
        File.WriteAllText(PathOf("sshd_config"), $"""
            HostKey {PathOf("host")}
            AuthorizedKeysFile {PathOf("authorized_keys")}
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PidFile none
            SetEnv PATH={Bin}:/usr/bin:/bin XDG_RUNTIME_DIR={Directory.CreateDirectory(PathOf("runtime")).FullName}
            """);
        File.WriteAllText(PathOf("ssh_config"), $"""
            Host lab1
              HostName lab1.example
              ProxyCommand {Sshd} -i -e -f {PathOf("sshd_config")} 2>{PathOf("sshd.log")}
            """);
    }

    public string Folder { get; }

    /// <summary>First in the PATH of the login.</summary>
    public string Bin { get; }

    public RunDirectory Run { get; }

    public SshOptions Options => new("lab1")
    {
        ConfigFile = PathOf("ssh_config"), IdentityFile = PathOf("login"), KnownHostsFile = PathOf("known_hosts"),
    };

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void RecordHost(string key)
    {
        var fields = File.ReadAllText(PathOf(key + ".pub")).Split(' ');
        File.WriteAllText(PathOf("known_hosts"), $"lab1.example {fields[0]} {fields[1]}\n");
    }

    /// <summary>A program in the login's PATH.</summary>
    public void Provide(string name, string script)
    {
        var path = Path.Combine(Bin, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public Task<IConnection> ConnectAsync(SshOptions? options = null) =>
        new SshTransport(new ProcessRunner(), "lab", options ?? Options, Run).ConnectAsync();

    public void Dispose()
    {
        Run.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Keygen(string name) => new ProcessRunner().RunAsync(new ProcessSpec(
        "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", string.Create(CultureInfo.InvariantCulture, $"{name}"),
        "-f", PathOf(name))).GetAwaiter().GetResult().EnsureSuccess();
}
