using System.Globalization;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.SshNet;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>Keys of all kinds, agents and jump hosts, against the real programs of this machine.</summary>
public class SshNetLoginTests
{
    private readonly ProcessRunner _runner = new();

    [TestCase("rsa")]
    [TestCase("ecdsa")]
    [TestCase("ed25519")]
    public async Task The_recorded_host_key_type_is_requested(string type)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, keyType: type);
        await using (var connection = await sshd.ConnectAsync())
            Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
        sshd.RecordHost("other-host");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
    }

    [TestCase("rsa")]
    [TestCase("ecdsa")]
    [TestCase("ed25519")]
    public async Task A_login_with_a_file_of_each_type(string type)
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await KeygenAsync(sshd, type, "mine");
        Authorize(sshd, "mine");
        await using var connection = await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("mine") });
        Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
    }

    [TestCase("rsa")]
    [TestCase("ecdsa")]
    [TestCase("ed25519")]
    public async Task A_login_with_a_key_that_only_an_agent_can_use(string type)
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await KeygenAsync(sshd, type, "mine");
        Authorize(sshd, "mine");
        await using var agent = await AgentAsync(sshd, "mine");
        File.Delete(sshd.PathOf("mine"));
        await using var connection = await sshd.ConnectAsync(
            WithConfig(sshd, $"IdentityAgent {sshd.PathOf("agent")}\n  IdentityFile none")
        );
        Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
    }

    [Test]
    public async Task An_encrypted_file_is_used_through_the_agent_that_holds_its_key()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await KeygenAsync(sshd, "ed25519", "mine");
        await KeygenAsync(sshd, "ed25519", "wrong");
        Authorize(sshd, "mine");
        await using var agent = await AgentAsync(sshd, "wrong", "mine");
        (
            await _runner.RunAsync(
                new ProcessSpec("ssh-keygen", "-q", "-p", "-N", "secret", "-P", "", "-f", sshd.PathOf("mine"))
            )
        ).EnsureSuccess();
        File.Delete(sshd.PathOf("mine.pub"));
        // Of the agent's two keys, only the one that also exists as a file is offered.
        var options = WithConfig(
            sshd,
            $"IdentityAgent {sshd.PathOf("agent")}\n  IdentitiesOnly yes\n  IdentityFile {sshd.PathOf("mine")}"
        );
        await using (var connection = await sshd.ConnectAsync(options))
            Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
        Assert.That(sshd.Server.ErrorTail.ToString(), Does.Not.Contain("Failed publickey"));

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("mine") })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain($"{sshd.PathOf("mine")} is encrypted").And.Contain("ssh-add"));
    }

    [Test]
    public async Task A_certificate_beside_its_key_is_used()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await KeygenAsync(sshd, "ed25519", "authority");
        await KeygenAsync(sshd, "ed25519", "mine");
        (
            await _runner.RunAsync(
                new ProcessSpec(
                    "ssh-keygen",
                    "-q",
                    "-s",
                    sshd.PathOf("authority"),
                    "-I",
                    "me",
                    "-n",
                    Environment.UserName,
                    sshd.PathOf("mine.pub")
                )
            )
        ).EnsureSuccess();
        await File.WriteAllTextAsync(
            sshd.AuthorizedKeys,
            "cert-authority " + await File.ReadAllTextAsync(sshd.PathOf("authority.pub"))
        );
        await using var connection = await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("mine") });
        Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
    }

    [Test]
    public void A_file_that_is_missing_or_open_to_others_is_a_wrong_configuration()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        var missing = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { IdentityFile = "/nowhere/key" })
        );
        Assert.That(missing.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(missing.Message, Does.Contain("/nowhere/key"));

        File.SetUnixFileMode(sshd.PathOf("login"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var open = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(open.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(open.Message, Does.Contain("chmod 600"));
    }

    [Test]
    public void A_key_in_hardware_is_refused_by_name()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        const string type = "sk-ssh-ed25519@openssh.com";
        byte[] Text(string t) => [0, 0, 0, (byte)t.Length, .. System.Text.Encoding.ASCII.GetBytes(t)];
        byte[] blob = [.. Text(type), 0, 0, 0, 32, .. new byte[32], .. Text("ssh:")];
        byte[] body =
        [
            .. "openssh-key-v1"u8,
            0,
            .. Text("none"),
            .. Text("none"),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            (byte)blob.Length,
            .. blob,
            0,
            0,
            0,
            0,
        ];
        File.WriteAllText(
            sshd.PathOf("sk"),
            $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(body)}\n-----END OPENSSH PRIVATE KEY-----\n"
        );
        File.SetUnixFileMode(sshd.PathOf("sk"), UnixFileMode.UserRead);
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("sk") })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain(type).And.Contain("\"transport\": \"openssh\""));
    }

    [Test]
    public async Task An_agent_that_is_gone_is_named_with_the_failure()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await KeygenAsync(sshd, "ed25519", "wrong");
        var options = WithConfig(
            sshd,
            $"IdentityAgent {sshd.PathOf("no-agent")}\n  IdentityFile {sshd.PathOf("wrong")}\n  GSSAPIAuthentication yes"
        );
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync(options));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Authentication));
        Assert.That(thrown.Message, Does.Contain(sshd.PathOf("no-agent")).And.Contain("GSSAPI"));
    }

    [Test]
    public async Task A_host_behind_two_others_is_reached_and_each_key_is_checked()
    {
        using var outer = new RealSshd(TransportKind.SshNet);
        using var inner = new RealSshd(TransportKind.SshNet);
        using var sshd = new RealSshd(TransportKind.SshNet);
        var options = WithConfig(
            sshd,
            $"ProxyJump outer,inner\nHost outer\n  Port {outer.Port}\n{Jump(outer)}\nHost inner\n  Port {inner.Port}\n{Jump(inner)}"
        );
        var file = new byte[2_000_000];
        new Random(3).NextBytes(file);
        await using (var connection = await sshd.ConnectAsync(options with { IdentityFile = sshd.PathOf("login") }))
        {
            Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
            await connection.UploadAsync(sshd.PathOf("sent"), file);
        }
        Assert.That(await File.ReadAllBytesAsync(sshd.PathOf("sent")), Is.EqualTo(file));

        inner.RecordHost("other-host");
        var changed = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync(options));
        Assert.That(changed.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(changed.Message, Does.Contain(inner.Where));
    }

    [Test]
    public async Task A_jump_host_that_does_not_get_on_is_named_and_one_that_dies_loses_the_connection()
    {
        using var gate = new RealSshd(TransportKind.SshNet);
        using var sshd = new RealSshd(TransportKind.SshNet);
        var options = WithConfig(sshd, $"ProxyJump gate\nHost gate\n  Port {gate.Port}\n{Jump(gate)}") with
        {
            IdentityFile = sshd.PathOf("login"),
        };
        using (var nobody = new Listener(_ => { }))
        {
            int port = nobody.Port;
            nobody.Dispose();
            var thrown = Assert.ThrowsAsync<TargetException>(async () =>
                await sshd.ConnectAsync(options with { Port = port })
            );
            Assert.That(thrown.Message, Does.Contain(gate.Where).Or.Contain($"127.0.0.1:{port}"));
            Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Unreachable).Or.EqualTo(TargetFailure.ClosedEarly));
        }
        await using var connection = await sshd.ConnectAsync(options);
        // Each connection's process has its own session.
        var serving = await File.ReadAllTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{gate.Server.Pid}/task/{gate.Server.Pid}/children")
        );
        (
            await _runner.RunAsync(
                new ProcessSpec("kill", ["-KILL", .. serving.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
            )
        ).EnsureSuccess();
        Assert.That((await connection.Lost).Failure, Is.EqualTo(TargetFailure.SessionLost));
    }

    private static string Jump(RealSshd sshd) =>
        $"""
              HostName 127.0.0.1
              IdentityFile {sshd.PathOf("login")}
              IdentitiesOnly yes
              UserKnownHostsFile {sshd.PathOf("known_hosts")}
            """;

    private static SshOptions WithConfig(RealSshd sshd, string settings)
    {
        File.WriteAllText(
            sshd.PathOf("more_config"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"Host lab1\n  HostName 127.0.0.1\n  Port {sshd.Port}\n  {settings}\n"
            )
        );
        return sshd.Options with { IdentityFile = null, ConfigFile = sshd.PathOf("more_config") };
    }

    private static void Authorize(RealSshd sshd, string key) =>
        File.Copy(sshd.PathOf(key + ".pub"), sshd.AuthorizedKeys, overwrite: true);

    private async Task KeygenAsync(RealSshd sshd, string type, string name) =>
        (
            await _runner.RunAsync(new ProcessSpec("ssh-keygen", "-q", "-t", type, "-N", "", "-f", sshd.PathOf(name)))
        ).EnsureSuccess();

    private async Task<ChildProcess> AgentAsync(RealSshd sshd, params string[] keys)
    {
        var agent = _runner.Start(new ProcessSpec("ssh-agent", "-D", "-a", sshd.PathOf("agent")), ChildOutput.Messages);
        await ProcessList.UntilAsync(() => File.Exists(sshd.PathOf("agent")));
        foreach (var key in keys)
            (
                await _runner.RunAsync(
                    new ProcessSpec("ssh-add", "-q", sshd.PathOf(key))
                    {
                        Environment = new Dictionary<string, string?> { ["SSH_AUTH_SOCK"] = sshd.PathOf("agent") },
                    }
                )
            ).EnsureSuccess();
        return agent;
    }
}
