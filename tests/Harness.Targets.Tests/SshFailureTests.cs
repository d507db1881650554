using Harness.Processes;
using Harness.Targets.Ssh;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

public class SshFailureTests
{
    // The full messages of OpenSSH 9.2 for each failure.
    private static readonly object[] Messages =
    [
        new object[]
        {
            TargetFailure.NameNotFound,
            "ssh: Could not resolve hostname lab1: Name or service not known\n",
        },
        new object[] { TargetFailure.Refused, "ssh: connect to host 127.0.0.1 port 9: Connection refused\n" },
        new object[] { TargetFailure.Unreachable, "ssh: connect to host 10.9.9.9 port 22: No route to host\n" },
        new object[] { TargetFailure.Timeout, "ssh: connect to host 10.9.9.9 port 22: Connection timed out\n" },
        new object[]
        {
            TargetFailure.Timeout,
            "Connection timed out during banner exchange\nConnection to 127.0.0.1 port 2222 timed out\n",
        },
        new object[]
        {
            TargetFailure.ClosedEarly,
            "kex_exchange_identification: Connection closed by remote host\nConnection closed by 127.0.0.1 port 2222\n",
        },
        new object[] { TargetFailure.ClosedEarly, "kex_exchange_identification: read: Connection reset by peer\n" },
        new object[]
        {
            TargetFailure.HostKeyChanged,
            "@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@\n"
                + "IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nHost key for lab1 has changed and you have requested "
                + "strict checking.\nHost key verification failed.\n",
        },
        new object[]
        {
            TargetFailure.HostKeyUnknown,
            "No ED25519 host key is known for lab1 and you have requested strict checking.\nHost key verification failed.\n",
        },
        new object[] { TargetFailure.Authentication, "root@lab1: Permission denied (publickey,password).\n" },
        new object[]
        {
            TargetFailure.Authentication,
            "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1 port 22\n",
        },
        new object[]
        {
            TargetFailure.Negotiation,
            "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa\n",
        },
        new object[] { TargetFailure.Unknown, "something that no version has said so far\n" },
    ];

    [TestCaseSource(nameof(Messages))]
    public void Ssh_errors_are_mapped_to_failure_kinds(TargetFailure failure, string text)
    {
        using var fake = new FakeSsh().Ask("master-fails", text);
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await fake.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(failure));
        Assert.That(thrown.Message, Does.StartWith("target 'lab': ").And.Not.Contains("\n"));
        Assert.That(thrown.Message, Does.Contain("fake.example:2222").Or.Contain("Their offer"));
        Assert.That(thrown.Details, Does.Contain(text.TrimEnd()).And.Contains(fake.Program));
    }

    [Test]
    public void An_option_that_ssh_does_not_know_fails_before_any_connection()
    {
        using var fake = new FakeSsh().Ask(
            "preflight-fails",
            "/root/.ssh/config: line 3: Bad configuration option: foo\n"
                + "/root/.ssh/config: terminating, 1 bad configuration options\n"
        );
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await fake.ConnectAsync());
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Configuration));
        Assert.That(thrown.Details, Does.Contain("line 3"));
        Assert.That(File.Exists(Path.Combine(fake.Folder, "master.pid")), Is.False);
    }

    [Test]
    public void A_login_that_hangs_is_ended_and_named()
    {
        using var fake = new FakeSsh().Ask("master-hangs");
        var options = fake.Options with { LoginTimeout = TimeSpan.FromMilliseconds(200) };
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await fake.ConnectAsync(options));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Timeout));
        Assert.That(ProcessList.NamedBy(fake.Folder), Is.Empty);
    }

    [Test]
    public void A_missing_ssh_client_is_named()
    {
        using var fake = new FakeSsh();
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await fake.ConnectAsync(fake.Options with { Program = "no-such-ssh" })
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.ProgramMissing));
        Assert.That(thrown.Message, Does.Contain("no-such-ssh"));
    }

    [Test]
    public async Task Exit_255_is_reported_as_the_commands_when_the_control_master_is_up()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        var result = await connection.ExecAsync("echo no >&2; exit 255");
        Assert.That(result.ExitCode, Is.EqualTo(255));
        Assert.That(result.Errors, Is.EqualTo("no\n"));
    }

    [Test]
    public async Task A_session_that_the_host_refuses_is_not_the_commands_failure()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        fake.Ask("session-refused");
        var thrown = Assert.ThrowsAsync<TargetException>(async () => await connection.ExecAsync("true"));
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.SessionRefused));
    }

    [Test]
    public async Task The_end_of_the_master_is_an_event_and_the_reason_of_all_that_follows()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        Assert.That(connection.Lost.IsCompleted, Is.False);

        await new ProcessSession(ProcessIdentity.Of(fake.MasterPid)!).KillAsync();

        var reason = await connection.Lost;
        Assert.That(reason.Failure, Is.EqualTo(TargetFailure.SessionLost));
        Assert.That(reason.Message, Does.Contain("fake.example:2222").And.Contains("signal 9"));
        Assert.That(async () => await connection.ExecAsync("true"), Throws.Exception.SameAs(reason));
        Assert.That(async () => await connection.StartAsync("cat"), Throws.Exception.SameAs(reason));
    }

    [Test]
    public async Task A_command_that_hangs_costs_its_deadline()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await connection.ExecAsync("exec sleep 1001", deadline: TimeSpan.FromMilliseconds(200))
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Timeout));
        Assert.That(thrown.Message, Does.Contain("exec sleep 1001"));
        Assert.That((await connection.ExecAsync("echo still here")).Output, Is.EqualTo("still here\n"));
    }

    [Test]
    public async Task A_channel_with_a_command_that_dies_in_mid_line_reports_the_partial_line()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        await using var channel = await connection.StartAsync("printf 'whole\\nhal'; echo oops >&2; kill -KILL $$");

        Assert.That(await channel.TextAsync(), Is.EqualTo("whole"));
        Assert.That(await channel.TextAsync(), Is.Null);
        Assert.That(channel.HalfLine, Is.EqualTo("hal"));
        var end = await channel.Ended;
        Assert.That(end.Loss, Is.Null);
        Assert.That(end.ErrorTail, Does.Contain("oops"));
    }

    [Test]
    public async Task More_than_eight_sessions_wait_for_their_turn()
    {
        using var fake = new FakeSsh();
        await using var connection = await fake.ConnectAsync();
        var channels = new List<ILineChannel>();
        for (int i = 0; i < 8; i++)
            channels.Add(await connection.StartAsync("cat"));
        var ninth = connection.ExecAsync("echo ninth");
        Assert.That(ninth.IsCompleted, Is.False);

        await channels[3].DisposeAsync();

        Assert.That((await ninth).Output, Is.EqualTo("ninth\n"));
        foreach (var channel in channels)
            await channel.DisposeAsync();
    }

    [Test]
    public async Task Nothing_is_left_after_a_connection()
    {
        using var fake = new FakeSsh();
        var connection = await fake.ConnectAsync();
        var channel = await connection.StartAsync("echo; exec sleep 1002");
        await channel.ReceiveAsync();
        Assert.That(ProcessList.NamedBy(fake.Folder), Is.Not.Empty);

        await connection.DisposeAsync();
        await channel.DisposeAsync();

        Assert.That(ProcessList.NamedBy(fake.Folder), Is.Empty);
        Assert.That(connection.Lost.IsCompleted, Is.False, "it was closed, not lost");
    }
}
