using Harness.Targets.Ssh;

namespace Harness.Targets.Tests;

public class SshOptionsTests
{
    [Test]
    public void A_lab_host_keeps_the_users_configuration_and_is_strict_about_the_rest()
    {
        var arguments = new SshOptions("lab1").Master("/run/m", "/run/log");
        Assert.That(arguments, Does.Not.Contain("-F"));
        Assert.That(
            arguments,
            Is.SupersetOf(
                new[]
                {
                    "StrictHostKeyChecking=yes",
                    "BatchMode=yes",
                    "ServerAliveInterval=5",
                    "ServerAliveCountMax=3",
                    "ClearAllForwardings=yes",
                    "ForwardAgent=no",
                    "ForwardX11=no",
                    "PermitLocalCommand=no",
                    "RemoteCommand=none",
                    "RequestTTY=no",
                    "EscapeChar=none",
                    "PasswordAuthentication=no",
                    "KbdInteractiveAuthentication=no",
                    "ControlPersist=no",
                }
            )
        );
        Assert.That(arguments, Does.Not.Contain("-f"));
        Assert.That(arguments.TakeLast(2), Is.EqualTo(new[] { "--", "lab1" }));
    }

    [Test]
    public void New_hosts_are_accepted_by_choice_only() =>
        Assert.That(
            new SshOptions("lab1") { HostKeys = HostKeyPolicy.AcceptNew }.Master("/run/m", "/run/log"),
            Does.Contain("StrictHostKeyChecking=accept-new").And.Not.Contain("StrictHostKeyChecking=yes")
        );

    [Test]
    public void A_guest_is_known_by_its_generated_key_alone()
    {
        var known = Path.GetTempFileName();
        var options = SshOptions.ForGuest(2222, "/keys/100%/id", "ssh-ed25519 AAAA comment here", known);
        var arguments = options.Master("/run/m", "/run/log");

        Assert.That(File.ReadAllText(known), Is.EqualTo("harness-guest ssh-ed25519 AAAA\n"));
        Assert.That(
            arguments,
            Is.SupersetOf(
                new[]
                {
                    "none",
                    "IdentitiesOnly=yes",
                    "IdentityAgent=none",
                    "HostKeyAlias=harness-guest",
                    "GlobalKnownHostsFile=none",
                    "StrictHostKeyChecking=yes",
                    "/keys/100%%/id",
                }
            )
        );
        File.Delete(known);
    }

    [Test]
    public void A_session_has_no_way_to_a_host_of_its_own()
    {
        var arguments = SshOptions.Session("/run/50%/m", "uname -r");
        Assert.That(
            arguments,
            Is.SupersetOf(new[] { "ControlMaster=no", "ProxyCommand=false", "/run/50%%/m", "BatchMode=yes" })
        );
        Assert.That(arguments.TakeLast(3), Is.EqualTo(new[] { "--", "none", "uname -r" }));
    }

    [Test]
    public void A_path_that_ssh_would_expand_is_refused() =>
        Assert.That(
            () => new SshOptions("lab1") { IdentityFile = "/keys/${HOME}/id" }.Master("/m", "/l"),
            Throws.ArgumentException.With.Message.Contains("${")
        );
}
