using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>The user's ssh against a real sshd on this machine.</summary>
public class RealSshTests
{
    [Test]
    public async Task A_command_has_its_input_its_two_streams_and_its_exit_code()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var result = await connection.ExecAsync("cat; echo err >&2; exit 7", ProcessInput.Text("in\n"));
        Assert.That((result.ExitCode, result.Output, result.Errors), Is.EqualTo((7, "in\n", "err\n")));
    }

    [TestCase("exit 255")]
    [TestCase("kill -KILL $$")]
    public async Task An_end_that_ssh_reports_as_255_is_the_commands_while_the_connection_lives(string command)
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        Assert.That((await connection.ExecAsync(command)).ExitCode, Is.EqualTo(255));
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public async Task A_quoted_word_arrives_as_it_was()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        const string word = "a 'b' \"c\" $HOME `id` \\ * ~ ;\t!";
        var result = await connection.ExecAsync("printf %s " + ShellQuote.Word(word));
        Assert.That(result.Output, Is.EqualTo(word));
    }

    [Test]
    public async Task Lines_go_both_ways_and_the_end_of_input_ends_the_command()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("while read l; do echo \"got $l\"; done; exit 3");
        for (int i = 0; i < 100; i++)
        {
            await channel.SendTextAsync($"line {i}");
            Assert.That(await channel.TextAsync(), Is.EqualTo($"got line {i}"));
        }
        await channel.CloseInputAsync();
        Assert.That(await channel.TextAsync(), Is.Null);
        Assert.That((await channel.Ended).ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task A_file_arrives_whole_or_not_at_all()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var bytes = new byte[2_000_000];
        new Random(5).NextBytes(bytes);
        var path = sshd.PathOf("it's here");

        await connection.UploadAsync(path, bytes, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(bytes));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserExecute));

        var wrong = new string('0', 64);
        var thrown = Assert.ThrowsAsync<TargetException>(
            async () => await connection.UploadAsync(path, ProcessInput.Text("other"), wrong));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Upload));
        Assert.That(thrown.Message, Does.Contain("damaged"));
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(bytes), "the old file stays");
        Assert.That(Directory.GetFiles(sshd.Folder, "*.part-*"), Is.Empty);
    }

    [Test]
    public async Task A_full_disk_is_named_and_nothing_stays()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        // A shell's limit on file size stands in for the disk: the write fails in the same place.
        sshd.Provide("cat", "trap '' XFSZ; ulimit -f 1; exec /bin/cat");
        var thrown = Assert.ThrowsAsync<TargetException>(
            async () => await connection.UploadAsync(sshd.PathOf("big"), new byte[100_000]));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Upload));
        Assert.That(thrown.Message, Does.Contain("File too large"));
        Assert.That(Directory.GetFiles(sshd.Folder, "big*"), Is.Empty);
    }

    [Test]
    public async Task Twenty_commands_at_once_share_one_login()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => connection.ExecAsync($"sleep 0.05; echo {i} $PPID")));
        var words = results.Select(r => r.Output.Split()).ToArray();
        Assert.That(words.Select(w => int.Parse(w[0], CultureInfo.InvariantCulture)), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That(words.Select(w => w[1]).Distinct().Count(), Is.EqualTo(1), "one sshd served them all");
    }

    [Test]
    public void A_changed_host_key_is_refused()
    {
        using var sshd = new RealSshd();
        sshd.RecordHost("other-host");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(thrown.Message, Does.Contain("lab1.example:22").And.Contains("ssh-keygen -R"));
    }

    [Test]
    public async Task An_unknown_host_is_refused_unless_new_ones_are_accepted()
    {
        using var sshd = new RealSshd();
        File.Delete(sshd.PathOf("known_hosts"));
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyUnknown));

        await using var connection = await sshd.ConnectAsync(sshd.Options with { HostKeys = HostKeyPolicy.AcceptNew });
        Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
        Assert.That(await File.ReadAllTextAsync(sshd.PathOf("known_hosts")), Does.StartWith("lab1.example "));
    }

    [Test]
    public void A_key_that_the_host_does_not_know_is_an_authentication_failure()
    {
        using var sshd = new RealSshd();
        var thrown = Assert.ThrowsAsync<TargetException>(
            async () => await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("other-login") }));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Authentication));
    }

    [Test]
    public void A_host_that_closes_at_once_may_be_booting()
    {
        using var sshd = new RealSshd();
        File.WriteAllText(sshd.PathOf("ssh_config"), "Host lab1\n  ProxyCommand true\n");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ClosedEarly));
    }

    [Test]
    public void A_host_that_never_speaks_times_out()
    {
        using var sshd = new RealSshd();
        File.WriteAllText(sshd.PathOf("ssh_config"), "Host lab1\n  ProxyCommand sleep 1004\n");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync(
            sshd.Options with { ConnectTimeout = TimeSpan.FromSeconds(1) }));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Timeout));
        Assert.That(Living.NamedBy(sshd.Folder), Is.Empty);
    }

    [Test]
    public void A_port_where_nobody_listens_and_a_name_that_nobody_has()
    {
        using var run = RunDirectory.Create("lab");
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // Bound, and never listening: refused for sure.
        var port = ((IPEndPoint)bound.LocalEndPoint!).Port;
        Task Connect(SshOptions options) => new SshTransport(new ProcessRunner(), "lab", options with { ConfigFile = "none" }, run).ConnectAsync();

        var refused = Assert.ThrowsAsync<TargetException>(async () => await Connect(new("127.0.0.1") { Port = port }));
        Assert.That(refused.Failure, Is.EqualTo(TargetFailure.Refused));
        Assert.That(refused.Message, Does.Contain($"127.0.0.1:{port}"));

        var unknown = Assert.ThrowsAsync<TargetException>(async () => await Connect(new("no-such-host.invalid")));
        Assert.That(unknown.Failure, Is.EqualTo(TargetFailure.NameNotFound));
    }

    [Test]
    public void A_configuration_that_ssh_refuses_is_told_with_its_line()
    {
        using var sshd = new RealSshd();
        File.WriteAllText(sshd.PathOf("ssh_config"), "Host lab1\n  NoSuchOption yes\n");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Details, Does.Contain("line 2"));
    }

    [Test]
    public async Task A_host_that_dies_under_a_running_command_is_a_lost_session()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("echo $PPID; exec cat");
        var server = int.Parse((await channel.TextAsync())!, CultureInfo.InvariantCulture);
        var command = connection.ExecAsync("exec cat", new ProcessInput.Copy(new NeverEnding()));

        await new ProcessRunner().RunAsync(new ProcessSpec("kill", "-KILL", server.ToString(CultureInfo.InvariantCulture)));

        var reason = await connection.Lost;
        Assert.That(reason.Failure, Is.EqualTo(TargetFailure.SessionLost));
        Assert.That(async () => await command, Throws.Exception.SameAs(reason));
        Assert.That(await channel.TextAsync(), Is.Null);
        Assert.That((await channel.Ended).Loss, Is.SameAs(reason));
    }

    [Test]
    public async Task Cancelling_a_command_leaves_the_connection_usable_and_no_client_behind()
    {
        using var sshd = new RealSshd();
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("cat");
        using var cancel = new CancellationTokenSource();
        var command = connection.ExecAsync("exec cat", new ProcessInput.Copy(new NeverEnding()), cancel: cancel.Token);
        await channel.SendTextAsync("up");
        await channel.ReceiveAsync();

        await cancel.CancelAsync();

        Assert.That(async () => await command, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Living.NamedBy("exec cat"), Is.Empty);
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public async Task Disposing_ends_the_master_its_proxy_and_all_sessions()
    {
        using var sshd = new RealSshd();
        await using var target = await new SshTarget("lab", sshd.Options, new ProcessRunner()).OpenAsync(null, default);
        await using var channel = await target.Connection.StartAsync("echo up; exec cat");
        await channel.ReceiveAsync();
        Assert.That(target.Origin.Kind, Is.EqualTo("ssh"));
        Assert.That(Living.NamedBy(sshd.Folder), Is.Not.Empty);

        await target.DisposeAsync();

        Assert.That(Living.NamedBy(sshd.Folder), Is.Empty);
        Assert.That(target.Lost.IsCompleted, Is.False);
    }

    private sealed class NeverEnding : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return 0;
        }
    }
}
