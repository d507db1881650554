using Harness.Targets.SshNet;

namespace Harness.Targets.Tests;

public class ServerFaultsTests
{
    [TestCase("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", false, false)]
    [TestCase("SSH-2.0-dropbear_2022.83", true, true)]
    [TestCase("SSH-2.0-dropbear_2024.86", true, false)]
    [TestCase("SSH-2.0-dropbear_2025.88", true, false)]
    [TestCase("SSH-2.0-dropbear_2025.89", false, false)]
    [TestCase("SSH-2.0-dropbear", true, true)]
    [TestCase(null, false, false)]
    public void Faults_go_by_the_version_that_has_them(string? version, bool stalls, bool oneAtATime)
    {
        var faults = ServerFaults.Of(version);
        Assert.That((faults.ChannelLimit is not null, faults.OneAtATime), Is.EqualTo((stalls, oneAtATime)));
    }
}
