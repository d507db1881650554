using System.Globalization;
using System.Text;
using Harness.Processes;
using Harness.Targets.SshNet;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>
/// What SSH.NET leaves to its users: without our guards each of these would hang, lose bytes or trust any host.
/// </summary>
public class SshNetGuardTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    [TestCase(ServerKind.OpenSsh)]
    [TestCase(ServerKind.Dropbear)]
    public async Task A_guest_with_exactly_the_generated_key_is_let_in_and_no_file_is_written(ServerKind kind)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        File.Delete(sshd.PathOf("known_hosts"));
        await using (var connection = await Guest(sshd, "host").ConnectAsync())
            Assert.That((await connection.ExecAsync("echo in")).Output, Is.EqualTo("in\n"));
        Assert.That(Directory.GetFiles(sshd.Folder, "*known_hosts*", SearchOption.AllDirectories), Is.Empty);
    }

    [TestCase(ServerKind.OpenSsh)]
    [TestCase(ServerKind.Dropbear)]
    public void A_guest_with_another_key_is_refused(ServerKind kind)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await Guest(sshd, "other-host").ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.HostKeyChanged));
        Assert.That(thrown.Message, Does.Contain($"{sshd.KeyOf("host")}").And.Contains($"{sshd.KeyOf("other-host")}"));
        Assert.That(sshd.Server.ErrorTail.ToString(), Does.Not.Contain("Accepted").And.Not.Contain("auth succeeded"));
    }

    [TestCase(ServerKind.OpenSsh)]
    [TestCase(ServerKind.Dropbear)]
    public async Task Input_of_no_bytes_ends(ServerKind kind)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        await using var connection = await sshd.ConnectAsync();
        Assert.That((await connection.ExecAsync("wc -c")).Output.Trim(), Is.EqualTo("0"));
        Assert.That((await connection.ExecAsync("wc -c", ProcessInput.Text(""))).Output.Trim(), Is.EqualTo("0"));
        Assert.That(
            (await connection.ExecAsync("wc -c", new ProcessInput.Copy(new MemoryStream()))).Output.Trim(),
            Is.EqualTo("0")
        );
        Assert.That((await connection.ExecAsync("wc -c", ProcessInput.Text("\n\n"))).Output.Trim(), Is.EqualTo("2"));
        await using var channel = await connection.StartAsync("wc -c");
        await channel.CloseInputAsync();
        Assert.That((await channel.TextAsync())!.Trim(), Is.EqualTo("0"));
        Assert.That((await channel.Ended).ExitCode, Is.Zero);
    }

    [TestCase(ServerKind.OpenSsh)]
    [TestCase(ServerKind.Dropbear)]
    public async Task A_line_to_a_command_that_has_ended_is_an_error(ServerKind kind)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("exit 4");
        Assert.That((await channel.Ended).ExitCode, Is.EqualTo(4));
        Assert.That(async () => await channel.SendTextAsync("x"), Throws.InstanceOf<IOException>());
    }

    [TestCase(ServerKind.OpenSsh)]
    [TestCase(ServerKind.Dropbear)]
    public async Task A_command_that_ends_while_its_window_is_full_frees_the_writer(ServerKind kind)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync($"echo $$; read l <{Pipe(sshd)}");
        var pid = await channel.TextAsync();
        var sending = channel.SendAsync(new byte[16 << 20]);
        await Task.Delay(Soon);
        Assert.That(sending.IsCompleted, Is.False, "nobody reads");
        await SignalAsync("KILL", pid!);
        Assert.That(async () => await sending, Throws.InstanceOf<IOException>());
        Assert.That((await channel.Ended).Signal, Is.EqualTo("KILL"));

        // A command that reads a part and ends is not an error: its exit status shows that. dropbear, however, closes
        // the connection if a byte arrives after the channel's end: what is sent to guests must be read (see Uploads).
        if (kind == ServerKind.Dropbear)
            return;
        var result = await connection.ExecAsync(
            "head -c 1 >/dev/null; exit 5",
            new ProcessInput.Bytes(new byte[8 << 20])
        );
        Assert.That(result.ExitCode, Is.EqualTo(5));
    }

    [TestCase(ServerKind.OpenSsh, false)]
    [TestCase(ServerKind.OpenSsh, true)]
    [TestCase(ServerKind.Dropbear, false)]
    [TestCase(ServerKind.Dropbear, true)]
    public async Task A_frozen_host_is_found_and_frees_everybody(ServerKind kind, bool whileWriting)
    {
        using var sshd = new RealSshd(TransportKind.SshNet, kind);
        var connection = await sshd.ConnectAsync(sshd.Options with { AliveInterval = Soon });
        await using var channel = await connection.StartAsync("echo $PPID; exec cat");
        var server = (await channel.TextAsync())!;
        try
        {
            await SignalAsync("STOP", server);
            var command = connection.ExecAsync("cat", whileWriting ? new ProcessInput.Bytes(new byte[64 << 20]) : null);
            var reason = await connection.Lost;
            Assert.That(reason.Failure, Is.EqualTo(TargetFailure.SessionLost));
            Assert.That(reason.Message, Does.Contain("does not answer any more"));
            Assert.That(async () => await command, Throws.Exception.SameAs(reason));
            Assert.That(async () => await connection.StartAsync("true"), Throws.Exception.SameAs(reason));
            Assert.That(async () => await connection.DisposeAsync(), Throws.Nothing);
        }
        finally
        {
            await SignalAsync("CONT", server);
        }
    }

    [Test]
    public async Task A_host_that_is_silent_but_alive_is_not_lost()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync(
            sshd.Options with
            {
                AliveInterval = TimeSpan.FromMilliseconds(300),
            }
        );
        Assert.That((await connection.ExecAsync("sleep 3; echo here")).Output, Is.EqualTo("here\n"));
        Assert.That(connection.Lost.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_channel_of_dropbear_ends_before_it_would_stall()
    {
        using var sshd = new RealSshd(TransportKind.SshNet, ServerKind.Dropbear);
        await using var connection = await sshd.ConnectAsync();
        var net = (SshNetConnection)connection;
        Assert.That(net.ChannelLimit, Is.EqualTo(ServerFaults.StallingLimit));
        net.ChannelLimit = 1_000_000;

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.ExecAsync("head -c 3000000 /dev/zero")
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.SessionLost));
        Assert.That(thrown.Message, Does.Contain("1000000 bytes over one channel of dropbear"));
        await using var channel = await connection.StartAsync("yes");
        Assert.That((await channel.Ended).Loss?.Message, Does.Contain("dropbear"));
        Assert.That(
            (await connection.ExecAsync("head -c 900000 /dev/zero | wc -c")).Output.Trim(),
            Is.EqualTo("900000")
        );
    }

    [Test, Explicit("half a minute and 400 MB")]
    public async Task The_limit_of_dropbear_is_below_where_it_stalls()
    {
        using var sshd = new RealSshd(TransportKind.SshNet, ServerKind.Dropbear);
        await using var connection = await sshd.ConnectAsync();
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.ExecAsync("head -c 600000000 /dev/zero", deadline: TimeSpan.FromMinutes(5))
        );
        Assert.That(thrown.Message, Does.Contain("400000000 bytes over one channel of dropbear"));
    }

    [Test]
    public async Task Output_without_end_costs_bounded_memory()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync();
        Assert.That(((SshNetConnection)connection).ChannelLimit, Is.Null);
        var result = await connection.ExecAsync("head -c 50000000 /dev/zero; head -c 20000000 /dev/zero >&2; exit 3");
        Assert.That((result.ExitCode, result.Output.Length, result.Errors.Length), Is.EqualTo((3, 16 << 20, 16 << 20)));
    }

    [Test]
    public async Task A_channel_that_is_not_read_ends_past_its_backlog()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync();
        ((SshNetConnection)connection).Backlog = 1 << 20;
        await using (var channel = await connection.StartAsync("yes"))
        {
            await channel.Ended;
            Assert.That(async () => await channel.ReceiveAsync(), Throws.TypeOf<TooMuchOutputException>());
        }
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));

        ((SshNetConnection)connection).Backlog = SshNetChannel.Backlog;
        await using var read = await connection.StartAsync("seq 1 400000");
        int count = 0;
        while (await read.ReceiveAsync() is not null)
            count++;
        Assert.That(count, Is.EqualTo(400000), "2.7 MB, which somebody reads");
    }

    [Test]
    public async Task A_line_without_end_is_refused()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync("head -c 100000000 /dev/zero");
        Assert.That(async () => await channel.ReceiveAsync(), Throws.TypeOf<LineTooLongException>());
    }

    [TestCase("printf half; kill -KILL $PPID", true)]
    [TestCase("printf half; exit 3", false)]
    public async Task An_end_in_the_middle_of_a_line_is_reported(string command, bool lost)
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync();
        await using var channel = await connection.StartAsync($"echo whole; sleep 0.2; {command}");
        Assert.That(await channel.TextAsync(), Is.EqualTo("whole"));
        Assert.That(await channel.ReceiveAsync(), Is.Null);
        var end = await channel.Ended;
        Assert.That(end.Loss?.Failure, Is.EqualTo(lost ? TargetFailure.SessionLost : null));
        if (!lost)
            Assert.That((end.ExitCode, channel.HalfLine), Is.EqualTo((3, "half")));
    }

    [Test]
    public async Task A_host_with_few_sessions_is_named_with_its_setting()
    {
        using var sshd = new RealSshd(TransportKind.SshNet, settings: "MaxSessions 2");
        await using var connection = await sshd.ConnectAsync();
        await using (await connection.StartAsync("cat"))
        {
            var thrown = Assert.ThrowsAsync<TargetException>(async () => await connection.StartAsync("cat"));
            Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.SessionRefused));
            Assert.That(thrown.Message, Does.Contain("MaxSessions"));
        }
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
    }

    [Test]
    public void A_host_without_a_session_for_the_heartbeat_is_named_with_its_setting()
    {
        using var sshd = new RealSshd(TransportKind.SshNet, settings: "MaxSessions 0");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await sshd.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.SessionRefused));
    }

    private static readonly string[] Words =
    [
        "SSH-1.5-\u001b[31mold\r\n",
        "\u001b]0;title\u0007 hello\r\nSSH-9.9-\u001b[2J\r\n",
        "no\0thing\r\n",
    ];

    [Test]
    public void A_server_greeting_is_shown_as_one_line_without_control_characters([Range(0, 2)] int index)
    {
        string words = Words[index];
        using var sshd = new RealSshd(TransportKind.SshNet);
        using var listener = new Listener(s => s.Send(Encoding.UTF8.GetBytes(words)));
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { Port = listener.Port })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Unknown).Or.EqualTo(TargetFailure.Negotiation));
        Assert.That(thrown.Message.Any(char.IsControl), Is.False);
        Assert.That(thrown.Details?.Any(char.IsControl), Is.Not.True);
    }

    [Test]
    public void A_host_that_talks_without_end_before_the_login_is_left()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        var flood = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("not yet\r\n", 3000)));
        using var listener = new Listener(s => s.Send(flood));
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await sshd.ConnectAsync(sshd.Options with { Port = listener.Port })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Unknown));
        Assert.That(thrown.Message, Does.Contain("banner lines"));
    }

    [Test]
    public async Task Disposing_releases_waiters()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        var connection = await sshd.ConnectAsync();
        var command = connection.ExecAsync("sleep 1003", deadline: TimeSpan.FromHours(1));
        await using var channel = await connection.StartAsync("echo up; exec cat");
        await channel.ReceiveAsync();
        await connection.DisposeAsync();
        Assert.That(
            async () => await command,
            Throws.TypeOf<TargetException>().With.Message.Contains("closed by the harness")
        );
        Assert.That(async () => await connection.ExecAsync("true"), Throws.TypeOf<TargetException>());
        Assert.That(await channel.ReceiveAsync(), Is.Null);
        Assert.That(connection.Lost.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_deadline_ends_a_command_and_not_the_connection()
    {
        using var sshd = new RealSshd(TransportKind.SshNet);
        await using var connection = await sshd.ConnectAsync();
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.ExecAsync("echo said >&2; exec sleep 1003", deadline: TimeSpan.FromSeconds(1))
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Timeout));
        Assert.That(thrown.Message, Does.Contain("exec sleep 1003"));
        Assert.That(thrown.Details, Is.EqualTo("said"));
        Assert.That((await connection.ExecAsync("echo on")).Output, Is.EqualTo("on\n"));
    }

    private static SshNetTransport Guest(RealSshd sshd, string key) =>
        new(
            "guest",
            ResolvedHost.Guest(
                sshd.Port,
                Environment.UserName,
                sshd.PathOf("login"),
                File.ReadAllText(sshd.PathOf(key + ".pub"))
            )
        );

    private static string Pipe(RealSshd sshd)
    {
        var path = sshd.PathOf("pipe");
        new ProcessRunner().RunAsync(new ProcessSpec("mkfifo", path)).GetAwaiter().GetResult().EnsureSuccess();
        return path;
    }

    private static async Task SignalAsync(string signal, string pid) =>
        (
            await new ProcessRunner().RunAsync(
                new ProcessSpec(
                    "kill",
                    "-" + signal,
                    int.Parse(pid, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
                )
            )
        ).EnsureSuccess();
}
