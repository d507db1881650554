using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>
/// Both transports against the real servers of this machine. Not OpenSSH's client against dropbear: before 2024.86
/// dropbear closes a new channel if another command ends at that moment, which SshNet works around and ssh does not.
/// </summary>
[TestFixture(TransportKind.SshNet, ServerKind.OpenSsh)]
[TestFixture(TransportKind.SshNet, ServerKind.Dropbear)]
[TestFixture(TransportKind.OpenSsh, ServerKind.OpenSsh)]
public class RealSshTests(TransportKind transport, ServerKind server)
{
    private bool IsSshNet => transport == TransportKind.SshNet;

    [Test]
    public async Task A_command_has_its_input_its_two_streams_and_its_exit_code()
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        var result = await connection.ExecAsync("cat; echo err >&2; exit 7", ProcessInput.Text("in\n"));
        Assert.That((result.ExitCode, result.Output, result.Errors), Is.EqualTo((7, "in\n", "err\n")));
    }

    [TestCase("exit 255", null)]
    [TestCase("kill -KILL $$", "KILL")]
    public async Task Exit_255_is_the_commands_while_the_connection_is_up(string command, string? signal)
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        var result = await connection.ExecAsync(command);
        Assert.That((result.ExitCode, result.Signal), Is.EqualTo((255, IsSshNet ? signal : null)));
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public async Task A_quoted_word_arrives_as_it_was()
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        const string word = "a 'b' \"c\" $HOME `id` \\ * ~ ;\t!";
        var result = await connection.ExecAsync("printf %s " + ShellQuote.Word(word));
        Assert.That(result.Output, Is.EqualTo(word));
    }

    [Test]
    public async Task Lines_go_both_ways_and_the_end_of_input_ends_the_command()
    {
        using var sshd = new RealSshd(transport, server);
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
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        var bytes = new byte[2_000_000];
        new Random(5).NextBytes(bytes);
        var path = sshd.PathOf("it's here");

        await connection.UploadAsync(path, bytes, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(bytes));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserExecute));

        var wrong = new string('0', 64);
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.UploadAsync(path, ProcessInput.Text("other"), wrong)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Upload));
        Assert.That(thrown.Message, Does.Contain("damaged"));
        Assert.That(await File.ReadAllBytesAsync(path), Is.EqualTo(bytes), "the old file stays");
        Assert.That(Directory.GetFiles(sshd.Folder, "*.part-*"), Is.Empty);
    }

    [Test]
    public async Task A_full_disk_is_named_and_nothing_stays()
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        // A shell's limit on file size simulates a full disk: the write fails in the same place.
        sshd.Provide("cat", "trap '' XFSZ; ulimit -f 1; exec /bin/cat");
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.UploadAsync(sshd.PathOf("big"), new byte[3_000_000])
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Upload));
        Assert.That(thrown.Message, Does.Contain("File too large"));
        Assert.That(Directory.GetFiles(sshd.Folder, "big*"), Is.Empty);
    }

    [Test]
    public async Task Twenty_commands_at_once_share_one_login()
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => connection.ExecAsync($"sleep 0.05; echo {i} $PPID"))
        );
        Assert.That(results.Where(r => r.Output.Length == 0), Is.Empty);
        var words = results.Select(r => r.Output.Split()).ToArray();
        Assert.That(
            words.Select(w => int.Parse(w[0], CultureInfo.InvariantCulture)),
            Is.EqualTo(Enumerable.Range(0, 20))
        );
        Assert.That(words.Select(w => w[1]).Distinct().Count(), Is.EqualTo(1), "one sshd served them all");
    }

    [Test]
    public void A_changed_host_key_is_refused()
    {
        using var sshd = new RealSshd(transport, server);
        sshd.RecordHost("other-host");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(thrown.Message, Does.Contain(sshd.Where).And.Contains("ssh-keygen -R"));
        if (IsSshNet)
            Assert.That(
                thrown.Message,
                Does.Contain(
                    $"it is {sshd.KeyOf("host")}, and {sshd.PathOf("known_hosts")}:1 has {sshd.KeyOf("other-host")}"
                )
            );
    }

    [Test]
    public async Task An_unknown_host_is_refused_unless_new_ones_are_accepted()
    {
        using var sshd = new RealSshd(transport, server);
        File.Delete(sshd.PathOf("known_hosts"));
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyUnknown));

        await using var connection = await sshd.ConnectAsync(sshd.Options with { HostKeys = HostKeyPolicy.AcceptNew });
        Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
        Assert.That(
            await File.ReadAllTextAsync(sshd.PathOf("known_hosts")),
            Does.StartWith($"{sshd.Known} ssh-ed25519 ")
        );
        Assert.That(
            (
                await new ProcessRunner().RunAsync(
                    new ProcessSpec("ssh-keygen", "-F", sshd.Known, "-f", sshd.PathOf("known_hosts"))
                )
            ).ExitCode,
            Is.Zero
        );
    }

    [Test]
    public void A_key_that_the_host_does_not_know_is_an_authentication_failure()
    {
        using var sshd = new RealSshd(transport, server);
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { IdentityFile = sshd.PathOf("other-login") })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Authentication));
    }

    [Test]
    public void A_host_that_closes_at_once_may_be_booting()
    {
        using var sshd = new RealSshd(transport, server);
        using var listener = new Listener(l => l.Dispose());
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { Port = listener.Port })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ClosedEarly));
        Assert.That(thrown.Message, Does.Contain($"127.0.0.1:{listener.Port}"));
    }

    [Test]
    public void A_host_that_never_speaks_times_out()
    {
        using var sshd = new RealSshd(transport, server);
        using var listener = new Listener(_ => { });
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(
                sshd.Options with
                {
                    Port = listener.Port,
                    ConnectTimeout = TimeSpan.FromSeconds(1),
                }
            )
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Timeout));
        Assert.That(ProcessList.NamedBy(sshd.Run.Path), Is.Empty);
    }

    [Test]
    public void A_closed_port_and_an_unknown_name_are_reported()
    {
        using var sshd = new RealSshd(transport, server);
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // Bound, but not listening: connections are always refused.
        var port = ((IPEndPoint)bound.LocalEndPoint!).Port;
        Task Connect(SshOptions options) => sshd.ConnectAsync(options with { ConfigFile = "none" });

        var refused = Assert.ThrowsAsync<TargetException>(async () => await Connect(new("127.0.0.1") { Port = port }));
        Assert.That(refused.Failure, Is.EqualTo(TargetFailure.Refused));
        Assert.That(refused.Message, Does.Contain($"127.0.0.1:{port}"));

        var unknown = Assert.ThrowsAsync<TargetException>(async () => await Connect(new("no-such-host.invalid")));
        Assert.That(unknown.Failure, Is.EqualTo(TargetFailure.NameNotFound));
    }

    [Test]
    public void A_configuration_that_ssh_refuses_is_reported_with_its_line()
    {
        using var sshd = new RealSshd(transport, server);
        File.WriteAllText(sshd.PathOf("ssh_config"), "Host lab1\n  NoSuchOption yes\n");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Details, Does.Contain("line 2"));
    }

    [Test]
    public async Task A_host_that_dies_under_a_running_command_is_a_lost_session()
    {
        using var sshd = new RealSshd(transport, server);
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("echo $PPID; exec cat");
        var serving = int.Parse((await channel.TextAsync())!, CultureInfo.InvariantCulture);
        var command = connection.ExecAsync("exec cat", new ProcessInput.Copy(new NeverEnding()));

        await new ProcessRunner().RunAsync(
            new ProcessSpec("kill", "-KILL", serving.ToString(CultureInfo.InvariantCulture))
        );

        var reason = await connection.Lost;
        Assert.That(reason.Failure, Is.EqualTo(TargetFailure.SessionLost));
        Assert.That(async () => await command, Throws.Exception.SameAs(reason));
        Assert.That(await channel.TextAsync(), Is.Null);
        Assert.That((await channel.Ended).Loss, Is.SameAs(reason));
    }

    [Test]
    public async Task Cancelling_a_command_leaves_the_connection_usable_and_ends_the_command()
    {
        if (server == ServerKind.Dropbear)
            Assert.Ignore(
                "a command that is cancelled may end as the next one begins, which dropbear before 2024.86 closes: docs/ssh.md"
            );
        using var sshd = new RealSshd(transport, server);
        File.WriteAllText(sshd.PathOf("nothing"), "");
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("cat");
        using var cancel = new CancellationTokenSource();
        var command = connection.ExecAsync(
            $"exec cat {sshd.PathOf("nothing")} -",
            new ProcessInput.Copy(new NeverEnding()),
            cancel: cancel.Token
        );
        await channel.SendTextAsync("up");
        await channel.ReceiveAsync();
        await ProcessList.UntilAsync(() => ProcessList.NamedBy(sshd.PathOf("nothing")).Count > 0);

        await cancel.CancelAsync();

        Assert.That(async () => await command, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
        await ProcessList.UntilAsync(() => ProcessList.NamedBy(sshd.PathOf("nothing")).Count == 0);
    }

    [Test]
    public async Task Disposing_ends_what_was_started_on_both_sides()
    {
        using var sshd = new RealSshd(transport, server);
        File.WriteAllText(sshd.PathOf("nothing"), "");
        await using var target = await sshd.Target().OpenAsync(null, default);
        await using var channel = await target.Connection.StartAsync($"echo up; exec cat {sshd.PathOf("nothing")} -");
        await channel.ReceiveAsync();
        Assert.That(target.Origin.Kind, Is.EqualTo("ssh"));

        await target.DisposeAsync();

        Assert.That(
            ProcessList
                .NamedBy("s2h-")
                .Where(l =>
                    l.Contains(" -M -N ", StringComparison.Ordinal) && l.Contains(sshd.Folder, StringComparison.Ordinal)
                ),
            Is.Empty
        );
        Assert.That(target.Lost.IsCompleted, Is.False);
        await ProcessList.UntilAsync(() => ProcessList.NamedBy(sshd.PathOf("nothing")).Count == 0);
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
