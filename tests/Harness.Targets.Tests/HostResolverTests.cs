using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.SshNet;

namespace Harness.Targets.Tests;

/// <summary>The user's ssh_config, as resolved by the real ssh -G.</summary>
public class HostResolverTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("resolve").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task The_ssh_config_decides_about_the_way_and_the_keys()
    {
        var host = await ResolveAsync(
            "lab1",
            $"""
            Host lab1
              HostName lab1.example
              Port 2222
              User operator
              IdentityFile {_folder}/%h-%p
              IdentityFile ~/none
              CertificateFile {_folder}/cert
              IdentitiesOnly yes
              IdentityAgent {_folder}/agent
            """
        );
        Assert.That((host.Host, host.Port, host.User), Is.EqualTo(("lab1.example", 2222, "operator")));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.That(host.Keys.Files, Is.EqualTo(new[] { $"{_folder}/lab1.example-2222", $"{home}/none" }));
        Assert.That(host.Keys.Certificates, Is.EqualTo(new[] { $"{_folder}/cert" }));
        Assert.That(
            (host.Keys.FilesOnly, host.Keys.FilesAreAsked, host.Keys.AgentSocket),
            Is.EqualTo((true, false, $"{_folder}/agent"))
        );
        Assert.That(host.Where, Is.EqualTo("lab1.example:2222"));
    }

    [Test]
    public async Task The_targets_own_key_and_known_hosts_stand_alone()
    {
        var host = await ResolveAsync("x@lab1", "Host lab1\n  IdentityFile ~/other\n  IdentityAgent /agent\n", o =>
            o with
            {
                IdentityFile = "/k%ey",
                KnownHostsFile = "/known",
                Port = 7,
            }
        );
        Assert.That(host.Keys.Files, Is.EqualTo(new[] { "/k%ey" }));
        Assert.That((host.Keys.AgentSocket, host.Keys.FilesAreAsked), Is.EqualTo(((string?)null, true)));
        Assert.That((host.User, host.Port), Is.EqualTo(("x", 7)));
    }

    [TestCase("ProxyCommand nc %h %p")]
    [TestCase("KnownHostsCommand /bin/true %H")]
    [TestCase("PKCS11Provider /usr/lib/some.so")]
    [TestCase("SecurityKeyProvider /usr/lib/some.so")]
    [TestCase("RevokedHostKeys /etc/ssh/revoked")]
    [TestCase("VerifyHostKeyDNS yes")]
    [TestCase("PubkeyAuthentication no")]
    [TestCase("AddressFamily inet6")]
    [TestCase("BindAddress 127.0.0.1")]
    [TestCase("BindInterface lo")]
    [TestCase("RekeyLimit 1G")]
    public void Options_that_only_openssh_supports_are_refused_by_name(string setting)
    {
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await ResolveAsync("lab1", $"Host lab1\n  {setting}\n")
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(
            thrown.Message,
            Does.Contain($"sets {setting.Split(' ')[0]} for lab1").And.Contain("\"transport\": \"openssh\"")
        );
    }

    [Test]
    public void A_path_that_can_not_be_expanded_is_refused()
    {
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await ResolveAsync("lab1", "Host lab1\n  IdentityFile /keys/%C\n")
        );
        Assert.That(thrown.Message, Does.Contain("/keys/%C"));
    }

    [Test]
    public void A_host_that_only_an_authority_certifies_is_refused_by_name()
    {
        File.WriteAllText(
            $"{_folder}/known",
            "@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHYjMgqXUhQcXxaRUGP2jmSQ2v4pZWt5qjMRlIYLQ7gB\n"
        );
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await ResolveAsync("lab1", "", o => o with { KnownHostsFile = $"{_folder}/known" })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(
            thrown.Message,
            Does.Contain("@cert-authority").And.Contain($"{_folder}/known:1").And.Contain("openssh")
        );
    }

    [Test]
    public async Task Gssapi_is_not_tried_and_that_is_noted()
    {
        var host = await ResolveAsync("lab1", "Host lab1\n  GSSAPIAuthentication yes\n");
        Assert.That(host.Notes.Single(), Does.Contain("GSSAPI"));
        Assert.That((await ResolveAsync("lab1", "")).Notes, Is.Empty);
    }

    [Test]
    public async Task Jump_hosts_are_resolved_each_by_its_own_settings()
    {
        var host = await ResolveAsync(
            "lab1",
            """
            Host lab1
              ProxyJump gate,me@inner:2200
            Host gate
              HostName gate.example
              ProxyJump outer
            Host inner
              ProxyJump nobody
              StrictHostKeyChecking accept-new
            """
        );
        Assert.That(host.Jumps.Select(j => j.Where), Is.EqualTo(new[] { "outer:22", "gate.example:22", "inner:2200" }));
        Assert.That(host.Jumps[2].User, Is.EqualTo("me"));
    }

    [Test]
    public void Jump_hosts_in_a_ring_are_refused()
    {
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await ResolveAsync("a", "Host a\n  ProxyJump b\nHost b\n  ProxyJump c\nHost c\n  ProxyJump b\n")
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Does.Contain("no end"));
    }

    [Test]
    public async Task Without_ssh_the_destination_is_taken_as_it_stands()
    {
        var options = new SshOptions("me@lab1") { Program = $"{_folder}/no-ssh", Port = 2222 };
        var host = await new HostResolver(new ProcessRunner(), "lab", options).ResolveAsync(default);
        Assert.That((host.Host, host.Port, host.User), Is.EqualTo(("lab1", 2222, "me")));
        Assert.That(host.Keys.Files, Has.Some.EndsWith("/.ssh/id_ed25519"));

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new HostResolver(
                new ProcessRunner(),
                "lab",
                options with
                {
                    ConfigFile = "/some/config",
                }
            ).ResolveAsync(default)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ProgramMissing));
        Assert.That(thrown.Message, Does.Contain("/some/config"));
    }

    private async Task<ResolvedHost> ResolveAsync(
        string destination,
        string config,
        Func<SshOptions, SshOptions>? change = null
    )
    {
        File.WriteAllText($"{_folder}/config", config);
        var options = new SshOptions(destination) { ConfigFile = $"{_folder}/config" };
        return await new HostResolver(new ProcessRunner(), "lab", change?.Invoke(options) ?? options).ResolveAsync(
            default
        );
    }
}
