using Harness.Targets.Ssh;

namespace Harness.Targets.Tests;

/// <summary>Commands in messages are complete: with the port, the key and the files of the target.</summary>
public sealed class SshHintTests
{
    private static readonly SshOptions s_options = new("root@lab1")
    {
        Port = 2222,
        IdentityFile = "/keys/my lab",
        KnownHostsFile = "/keys/known",
    };

    [Test]
    public void A_login_by_hand_has_the_settings_of_the_target()
    {
        const string login = "ssh -p 2222 -i '/keys/my lab' -o UserKnownHostsFile=/keys/known";
        Assert.That(s_options.ByHand(), Is.EqualTo($"{login} root@lab1"));
        Assert.That(
            SshMessage.Advice(TargetFailure.HostKeyUnknown, "lab1:2222", s_options, ""),
            Does.Contain($"log in once by hand ({login} root@lab1)")
        );
        Assert.That(
            SshMessage.Advice(TargetFailure.Authentication, "lab1:2222", s_options, ""),
            Does.EndWith($"{login} -o BatchMode=yes root@lab1 true")
        );
        Assert.That(new SshOptions("lab1").ByHand(), Is.EqualTo("ssh lab1"));
    }

    [TestCase("lab1:22", "ssh-keygen -R lab1 -f /keys/known;")]
    [TestCase("lab1:2222", "ssh-keygen -R '[lab1]:2222' -f /keys/known;")]
    public void A_changed_key_is_removed_under_its_name_in_its_file(string where, string command) =>
        Assert.That(SshMessage.Advice(TargetFailure.HostKeyChanged, where, s_options, ""), Does.Contain(command));

    [Test]
    public void A_missing_key_is_named_before_OpenSSH_is_started()
    {
        using var fake = new FakeSsh();
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await fake.ConnectAsync(fake.Options with { IdentityFile = "/nowhere/key" })
        );
        Assert.That(thrown!.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Message, Is.EqualTo("target 'lab': the key /nowhere/key does not exist"));
    }
}
