using Harness.Processes;
using Harness.Targets.Deployment;
using Harness.Targets.Locks;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>A login with start-up files that print something, and one that becomes root by sudo: a real sshd.</summary>
[TestFixture(TransportKind.SshNet)]
[TestFixture(TransportKind.OpenSsh)]
public class GreetingTests(TransportKind transport)
{
    [Test]
    public async Task What_start_up_files_print_is_not_taken_for_an_answer()
    {
        await using var inner = new Greeter("hello\nheld\nbusy by nobody ");
        await using var connection = new GreetedConnection(inner);
        Assert.That((await connection.ExecAsync("x")).Output, Is.EqualTo("answer of x\n"));
        await using var channel = await connection.StartAsync("y");
        Assert.That(await channel.ReceiveAsync(), Is.EqualTo("answer of y"u8.ToArray()));
        Assert.That(await channel.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_shell_that_runs_no_commands_is_seen_as_it_is()
    {
        await using var connection = new GreetedConnection(new Greeter("This account is closed.", obeys: false));
        Assert.That((await connection.ExecAsync("x")).Output, Is.EqualTo("This account is closed."));
        await using var channel = await connection.StartAsync("y");
        Assert.That(await channel.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_lab_host_answers_through_the_mark()
    {
        using var sshd = new RealSshd(transport);
        string file = sshd.PathOf("kvm");
        await File.WriteAllTextAsync(file, "");
        var target = new SshTarget("lab", sshd.Options, new ProcessRunner())
        {
            Transport = transport,
            Holder = LockHolder.ThisProcess("test"),
            LockedFile = file,
        };
        await using var session = await target.OpenAsync();
        var end = await session.Connection.ExecAsync("cat; exit 3", new ProcessInput.Bytes("in"u8.ToArray()));
        Assert.That((end.Output, end.ExitCode), Is.EqualTo(("in", 3)));
    }

    [TestCase("exit 0", null)]
    [TestCase(
        "echo 'sudo: a password is required' >&2; exit 1",
        "sudo wants a password there, and the harness has none"
    )]
    [TestCase(
        "echo 'lab is not in the sudoers file.' >&2; exit 1",
        "the login may not use sudo (lab is not in the sudoers"
    )]
    [TestCase("exit 127", "there is no sudo")]
    public async Task Sudo_is_tried_before_anything_depends_on_it(string sudo, string? refusal)
    {
        using var sshd = new RealSshd(transport);
        sshd.Provide("sudo", $"[ \"$1\" = -n ] || exit 9; {sudo}");
        await using var connection = await sshd.ConnectAsync();
        if (refusal is null)
        {
            await Sudo.EnsureAsync(connection);
            Assert.That((await connection.ExecAsync("true")).ExitCode, Is.Zero);
            return;
        }
        var thrown = Assert.ThrowsAsync<TargetException>(() => Sudo.EnsureAsync(connection));
        Assert.That(
            thrown.Message,
            Does.StartWith($"target 'lab': {refusal}").And.EndWith("remove \"become\" from the target in harness.json")
        );
        Assert.That(thrown.IsBeforeUse, Is.True, "a setting of the user");
    }

    [Test]
    public void A_probe_of_sudo_has_its_mark_behind_sudo()
    {
        var probe = new DeployedProbe("/tmp/a b/probe", "hash", true) { Workers = 2 };
        Assert.That(
            new ProbeMark().On(probe),
            Does.Match("^HARNESS_PROBE=[0-9a-f]{32} exec '/tmp/a b/probe' --hash hash --workers 2$")
        );
        Assert.That(
            new ProbeMark().On(probe with { Sudo = true }),
            Does.Match("^exec sudo -n env HARNESS_PROBE=[0-9a-f]{32} '/tmp/a b/probe' --hash hash --workers 2$")
        );
    }

    /// <summary>Prints a greeting, then what a shell prints for each line of the command.</summary>
    private sealed class Greeter(string greeting, bool obeys = true) : IConnection
    {
        public string Target => "lab";

        public Task<TargetException> Lost { get; } = new TaskCompletionSource<TargetException>().Task;

        private string Answer(string command)
        {
            string[] lines = command.Split('\n');
            Assert.That(lines[0], Does.StartWith("echo "));
            return obeys ? $"{greeting}{lines[0][5..]}\nanswer of {lines[1]}\n" : greeting;
        }

        public Task<CommandResult> ExecAsync(
            string command,
            ProcessInput? input,
            TimeSpan? deadline,
            CancellationToken cancel
        ) => Task.FromResult(new CommandResult(0, Answer(command), "", TimeSpan.Zero));

        public Task<ILineChannel> StartAsync(string command, CancellationToken cancel) =>
            Task.FromResult<ILineChannel>(new Lines(Answer(command).TrimEnd('\n').Split('\n')));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Lines(string[] lines) : ILineChannel
    {
        private int _next;

        public Task<ChannelEnd> Ended { get; } = Task.FromResult(new ChannelEnd(0, "", null));

        public string ErrorTail => "";

        public string HalfLine => "";

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel) => Task.CompletedTask;

        public Task CloseInputAsync() => Task.CompletedTask;

        public Task<byte[]?> ReceiveAsync(CancellationToken cancel) =>
            Task.FromResult(_next < lines.Length ? System.Text.Encoding.UTF8.GetBytes(lines[_next++]) : null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
