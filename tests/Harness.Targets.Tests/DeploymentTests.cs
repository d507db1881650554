using System.Text;
using Harness.Targets.Deployment;
using Harness.Targets.Transport;
using Harness.Wire;

namespace Harness.Targets.Tests;

/// <summary>
/// Deployment to a real sshd, with shell scripts in the place of runtime and probe: the "runtime" runs the "program"
/// that was deployed.
/// </summary>
public class DeploymentTests
{
    private const string Hello =
        """printf '{"hello":{"protocol":%s,"probe":"%s","runtime":"sh","pid":%s,"bootId":"b"}}\n' ${V:-2} $2 $$""";

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("bundle").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_probe_is_sent_once_and_found_again()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Bundle(Hello));

        var first = await deployment.DeployAsync(connection, survey);
        var second = await deployment.DeployAsync(connection, survey);

        Assert.That((first.WasThere, second.WasThere), Is.EqualTo((false, true)));
        Assert.That(first.Folder, Is.EqualTo(second.Folder).And.StartWith(sshd.PathOf("runtime") + "/stage2-probe-"));
        Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(first.Folder)!),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(File.ReadAllText(Path.Combine(first.Folder, "lib/deep.txt")), Is.EqualTo("deep"));
    }

    [Test]
    public async Task A_file_damaged_on_the_target_is_sent_again()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Bundle(Hello));
        var probe = await deployment.DeployAsync(connection, survey);
        var file = Path.Combine(probe.Folder, "lib/deep.txt");
        await File.WriteAllTextAsync(file, "shallow");

        Assert.That((await deployment.DeployAsync(connection, survey)).WasThere, Is.False);
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("deep"));
    }

    [Test]
    public async Task Without_tar_the_files_go_one_by_one()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection) with { HasTar = false };
        var deployment = new ProbeDeployment(Bundle(Hello));
        var probe = await deployment.DeployAsync(connection, survey);
        Assert.That(File.ReadAllText(Path.Combine(probe.Folder, "lib/deep.txt")), Is.EqualTo("deep"));
        Assert.That((await deployment.DeployAsync(connection, survey)).WasThere);
    }

    [Test]
    public async Task Two_harnesses_that_deploy_at_once_do_not_disturb_each_other()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection);
        var deployment = new ProbeDeployment(Bundle(Hello));
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
        var bundle = Bundle(Hello);
        var name = $"stage2-probe-{bundle.Hash[..16]}-{survey.UserId}";
        File.CreateSymbolicLink(Path.Combine(sshd.PathOf("runtime"), name), sshd.PathOf("bin"));

        var thrown = Assert.ThrowsAsync<TargetException>(
            async () => await new ProbeDeployment(bundle).DeployAsync(connection, survey));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.NoPermission));
        Assert.That(thrown.Message, Does.Contain(name));
    }

    [Test]
    public async Task A_target_without_a_runtime_is_told_what_to_install()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var survey = await SurveyAsync(sshd, connection) with { Mono = null };
        var thrown = Assert.ThrowsAsync<TargetException>(
            async () => await new ProbeDeployment(Bundle(Hello)).DeployAsync(connection, survey));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.NoRuntime));
        Assert.That(thrown.Message, Does.Contain("mono-runtime"));
    }

    [Test]
    public async Task Dotnet_10_is_preferred_and_an_older_one_is_not_taken_for_it()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        sshd.Provide("dotnet", """
            echo "Microsoft.NETCore.App 8.0.11 [/x]"
            echo "Microsoft.AspNetCore.App 10.0.1 [/x]"
            echo "Microsoft.NETCore.App 10.0.2 [/x]"
            """);
        var survey = await TargetSurvey.TakeAsync(connection);
        Assert.That(survey.Dotnet, Is.EqualTo(
            new ProbeRuntime(RuntimeKind.Dotnet, Path.Combine(sshd.Bin, "dotnet"), "10.0.2")));

        sshd.Provide("dotnet", """echo "Microsoft.NETCore.App 8.0.11 [/x]" """);
        var older = await TargetSurvey.TakeAsync(connection);
        Assert.That(older.Dotnet?.Program, Is.Not.EqualTo(Path.Combine(sshd.Bin, "dotnet")));
    }

    [TestCase(KvmAccess.Absent, TargetFailure.NoKvm)]
    [TestCase(KvmAccess.Denied, TargetFailure.NoPermission)]
    public void A_target_whose_kvm_cannot_be_used_is_told_why(KvmAccess access, TargetFailure failure)
    {
        var survey = new TargetSurvey(1000, "aarch64", "7.2.12", access, "/tmp", true, null, null);
        Assert.That(() => survey.EnsureKvm("lab"), Throws.TypeOf<TargetException>()
            .With.Property(nameof(TargetException.Failure)).EqualTo(failure));
        Assert.That(() => (survey with { Kvm = KvmAccess.Usable }).EnsureKvm("lab"), Throws.Nothing);
    }

    [Test]
    public void The_hash_is_of_names_and_contents_and_nothing_else()
    {
        var one = Bundle("x").Hash;
        Assert.That(Bundle("x").Hash, Is.EqualTo(one));
        Assert.That(Bundle("y").Hash, Is.Not.EqualTo(one));
        File.Move(Path.Combine(_folder, "mono/lib/deep.txt"), Path.Combine(_folder, "mono/lib/deer.txt"));
        Assert.That(Read().Hash, Is.Not.EqualTo(one));
    }

    [Test]
    public void A_probe_that_was_not_built_is_told_with_the_command()
    {
        Bundle("x");
        File.Delete(Path.Combine(_folder, "dotnet", "Harness.Probe.dll"));
        Assert.That(Read, Throws.TypeOf<FileNotFoundException>().With.Message.Contains("dotnet build"));
    }

    [Test]
    public async Task A_probe_says_hello_and_answers_lines_until_it_is_dismissed()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(sshd, connection, Hello + "\nexec cat");
        await using var channel = await ProbeChannel.StartAsync(connection, probe);

        Assert.That(channel.Hello, Is.EqualTo(new Hello(Protocol.Version, probe.Hash, "sh", channel.Hello.Pid, "b")));
        var big = new string('x', 3_000_000);
        foreach (var line in new[] { "{}", "ünï", big })
        {
            await channel.SendAsync(Encoding.UTF8.GetBytes(line));
            Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo(line));
        }
        await channel.DisposeAsync();
        Assert.That(Living.NamedBy(probe.Hash), Is.Empty);
    }

    [TestCase("V=1; " + Hello, TargetFailure.ProbeMismatch, "speaks protocol 1, the harness 2")]
    [TestCase("set -- --hash 0000; " + Hello, TargetFailure.ProbeMismatch, "another probe answers")]
    [TestCase("echo Welcome to lab1", TargetFailure.ProbeMismatch, "Welcome to lab1: silence")]
    [TestCase("echo '[]'", TargetFailure.ProbeMismatch, "no probe speaks there")]
    [TestCase("echo 'Unhandled Exception' >&2; exit 1", TargetFailure.ProbeFailed, "ended with exit status 1: Unhandled")]
    [TestCase("printf '{\"hel'; kill -SEGV $$", TargetFailure.ProbeFailed, "255 or a signal")]
    [TestCase("exec cat /dev/zero", TargetFailure.ProbeMismatch, "a line of more than")]
    public async Task What_is_not_our_probe_is_refused(string program, TargetFailure failure, string words)
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(sshd, connection, program);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await ProbeChannel.StartAsync(connection, probe));
        Assert.That(thrown.Failure, Is.EqualTo(failure));
        Assert.That(thrown.Message, Does.Contain(words));
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"), "the connection is not to blame");
    }

    [Test]
    public async Task All_lines_before_the_probes_death_arrive_and_then_its_last_words()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var probe = await DeployAsync(sshd, connection, Hello + "\nread x; echo one; echo two; printf thr; echo bad >&2; exit 9");
        await using var channel = await ProbeChannel.StartAsync(connection, probe);
        await channel.SendAsync("go"u8.ToArray());

        Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo("one"));
        Assert.That(Encoding.UTF8.GetString(await channel.ReceiveAsync()), Is.EqualTo("two"));
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await channel.ReceiveAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ProbeFailed));
        Assert.That(thrown.Message, Does.EndWith("the probe ended with exit status 9: bad"));
        Assert.That(thrown.Details, Does.Contain("in the middle of a line: thr"));
    }

    private static async Task<TargetSurvey> SurveyAsync(RealSshd sshd, IConnection connection)
    {
        // The "runtime": runs the program as a script.
        sshd.Provide("mono", "exec sh \"$@\"");
        return await TargetSurvey.TakeAsync(connection) with { Dotnet = null };
    }

    private async Task<DeployedProbe> DeployAsync(RealSshd sshd, IConnection connection, string program) =>
        await new ProbeDeployment(Bundle(program)).DeployAsync(connection, await SurveyAsync(sshd, connection));

    private ProbeBundle Bundle(string program)
    {
        foreach (var (folder, name) in new[] { ("mono", "Harness.Probe.exe"), ("dotnet", "Harness.Probe.dll") })
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder, "lib"));
            File.WriteAllText(Path.Combine(_folder, folder, name), program + "\n");
            File.WriteAllText(Path.Combine(_folder, folder, "lib/deep.txt"), "deep");
        }
        return Read();
    }

    private ProbeBundle Read() => ProbeBundle.Read(Path.Combine(_folder, "mono"), Path.Combine(_folder, "dotnet"));
}
