using System.Text;
using Harness.Protocol;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>Deployment to a real sshd, with shell scripts instead of the probe.</summary>
public class DeploymentTests
{
    private const string Hello =
        """printf '{"hello":{"protocol":%s,"probe":"%s","runtime":"sh","pid":%s,"bootId":"b"}}\n' ${V:-VERSION} $2 $$""";

    [Test]
    public async Task A_probe_is_sent_once_and_found_again()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Script(Hello));

        var first = await deployment.DeployAsync(connection, survey);
        var second = await deployment.DeployAsync(connection, survey);

        Assert.That((first.WasThere, second.WasThere), Is.EqualTo((false, true)));
        Assert.That(first.Path, Is.EqualTo(second.Path).And.StartWith(sshd.PathOf("runtime") + "/stage2-probe-"));
        var folder = Path.GetDirectoryName(first.Path)!;
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.That((File.GetUnixFileMode(folder), File.GetUnixFileMode(first.Path)), Is.EqualTo((Private, Private)));
        Assert.That(
            Directory.GetFileSystemEntries(folder),
            Is.EqualTo(new[] { first.Path }),
            "nothing half-sent stays"
        );
        Assert.That(File.ReadAllBytes(first.Path), Is.EqualTo(Script(Hello).Content));
    }

    [Test]
    public async Task A_file_damaged_on_the_target_is_sent_again()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Script(Hello));
        var probe = await deployment.DeployAsync(connection, survey);
        await File.WriteAllTextAsync(probe.Path, "#!/bin/sh\necho damaged\n");

        Assert.That((await deployment.DeployAsync(connection, survey)).WasThere, Is.False);
        Assert.That(await File.ReadAllBytesAsync(probe.Path), Is.EqualTo(Script(Hello).Content));
    }

    [Test]
    public async Task A_file_that_lost_its_execute_permission_is_sent_again()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Script(Hello));
        var probe = await deployment.DeployAsync(connection, survey);
        File.SetUnixFileMode(probe.Path, UnixFileMode.UserRead);

        Assert.That((await deployment.DeployAsync(connection, survey)).WasThere, Is.False);
        await using var channel = await ProbeChannel.StartAsync(connection, probe);
    }

    [Test]
    public async Task Two_harnesses_that_deploy_at_once_do_not_disturb_each_other()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Script(Hello));
        var probes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => deployment.DeployAsync(connection, survey)));
        await using var channel = await ProbeChannel.StartAsync(connection, probes[0]);
        Assert.That((await deployment.DeployAsync(connection, survey)).WasThere);
    }

    [Test]
    public async Task A_folder_that_someone_prepared_for_us_is_refused()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var file = Script(Hello);
        var name = $"stage2-probe-{file.Hash[..16]}-{survey.UserId}";
        File.CreateSymbolicLink(Path.Combine(sshd.PathOf("runtime"), name), sshd.PathOf("bin"));

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new ProbeDeployment(file).DeployAsync(connection, survey)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.NoPermission));
        Assert.That(thrown.Message, Does.Contain(name));
    }

    [Test]
    public async Task A_host_with_other_processors_is_refused_by_their_name()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection) with { Machine = "riscv64" };
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await new ProbeDeployment(Script(Hello)).DeployAsync(connection, survey)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.WrongMachine));
        Assert.That(thrown.Message, Does.Contain("it is riscv64").And.Contains("aarch64"));
    }

    [Test]
    public async Task A_folder_that_nothing_can_be_started_from_is_not_taken()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        Assert.That((await TargetSurvey.TakeAsync(connection)).Base, Is.EqualTo(sshd.PathOf("runtime")));

        // As on a file system mounted noexec: created files can't be executed.
        sshd.Provide("chmod", """case $2 in */runtime/*) exit 0;; esac; exec /bin/chmod "$@" """);
        Assert.That((await TargetSurvey.TakeAsync(connection)).Base, Is.EqualTo("/tmp"));
        Assert.That(Directory.GetFiles(sshd.PathOf("runtime")), Is.Empty, "what it tried with is gone");
    }

    [TestCase(KvmAccess.Absent, TargetFailure.NoKvm)]
    [TestCase(KvmAccess.Denied, TargetFailure.NoPermission)]
    public void The_reason_is_reported_if_a_targets_kvm_is_unusable(KvmAccess access, TargetFailure failure)
    {
        var survey = new TargetSurvey(1000, "aarch64", "7.2.12", access, "/tmp");
        Assert.That(
            () => survey.EnsureKvm("lab"),
            Throws.TypeOf<TargetException>().With.Property(nameof(TargetException.Failure)).EqualTo(failure)
        );
        Assert.That(() => (survey with { Kvm = KvmAccess.Usable }).EnsureKvm("lab"), Throws.Nothing);
    }

    [Test]
    public async Task A_probe_says_hello_and_answers_lines_until_it_is_dismissed()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(sshd, connection, Hello + "\nexec cat");
        await using var channel = await ProbeChannel.StartAsync(connection, probe);

        Assert.That(
            channel.Hello,
            Is.EqualTo(new Hello(LineProtocol.Version, probe.Hash, "sh", channel.Hello.Pid, "b"))
        );
        var big = new string('x', 3_000_000);
        foreach (var line in new[] { "{}", "ünï", big })
        {
            await channel.SendAsync(Encoding.UTF8.GetBytes(line));
            Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo(line));
        }
        await channel.DisposeAsync();
        Assert.That(ProcessList.NamedBy(probe.Hash), Is.Empty);
    }

    [TestCase("V=1; " + Hello, TargetFailure.ProbeMismatch, "speaks protocol 1, the harness ")]
    [TestCase("set -- --hash 0000; " + Hello, TargetFailure.ProbeMismatch, "another probe answers")]
    [TestCase("echo Welcome to lab1", TargetFailure.ProbeMismatch, "Welcome to lab1: silence")]
    [TestCase("echo '[]'", TargetFailure.ProbeMismatch, "no probe speaks there")]
    [TestCase(
        "echo 'Unhandled Exception' >&2; exit 1",
        TargetFailure.ProbeFailed,
        "ended with exit status 1: Unhandled"
    )]
    [TestCase("printf '{\"hel'; kill -SEGV $$", TargetFailure.ProbeFailed, "255 or a signal")]
    [TestCase("exec cat /dev/zero", TargetFailure.ProbeMismatch, "a line of more than")]
    public async Task A_foreign_probe_is_refused(string program, TargetFailure failure, string words)
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(sshd, connection, program);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await ProbeChannel.StartAsync(connection, probe));
        Assert.That(thrown.Failure, Is.EqualTo(failure));
        Assert.That(thrown.Message, Does.Contain(words));
        Assert.That(
            (await connection.ExecAsync("echo on")).Output,
            Is.EqualTo("on\n"),
            "the connection is not to blame"
        );
    }

    [Test]
    public async Task All_lines_before_the_probes_death_arrive_and_then_its_last_words()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(
            sshd,
            connection,
            Hello + "\nread x; echo one; echo two; printf thr; echo bad >&2; exit 9"
        );
        await using var channel = await ProbeChannel.StartAsync(connection, probe);
        await channel.SendAsync("go"u8.ToArray());

        Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo("one"));
        Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo("two"));
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await channel.ReceiveAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ProbeFailed));
        Assert.That(thrown.Message, Does.EndWith("the probe ended with exit status 9: bad"));
        Assert.That(thrown.Details, Does.Contain("in the middle of a line: thr"));
    }

    /// <summary>The survey of a host that could run the probe; this machine may not be able to.</summary>
    private static async Task<TargetSurvey> SurveyAsync(RealSshd sshd, IConnection connection)
    {
        var survey = await TargetSurvey.TakeAsync(connection);
        Assert.That(survey.Base, Is.EqualTo(sshd.PathOf("runtime")));
        return survey with { Machine = ProbeDeployment.Machine };
    }

    private static async Task<DeployedProbe> DeployAsync(RealSshd sshd, IConnection connection, string program) =>
        await new ProbeDeployment(Script(program)).DeployAsync(connection, await SurveyAsync(sshd, connection));

    private static ProbeFile Script(string program) =>
        new(
            Encoding.UTF8.GetBytes(
                $"#!/bin/sh\n{program.Replace("VERSION", LineProtocol.Version.ToString(), StringComparison.Ordinal)}\n"
            )
        );
}
