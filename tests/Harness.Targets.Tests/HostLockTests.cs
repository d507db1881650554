using Harness.Processes;
using Harness.Targets.Locks;
using Harness.Targets.Transport;

namespace Harness.Targets.Tests;

/// <summary>Two harnesses and one host: a real sshd of this machine, with a file instead of /dev/kvm.</summary>
[TestFixture(TransportKind.SshNet)]
[TestFixture(TransportKind.OpenSsh)]
public class HostLockTests(TransportKind transport)
{
    private static readonly LockHolder Alice = new(
        "alice@laptop, pid 7, since 2026-11-21 10:00:00Z: harness run --suite 'x'"
    );
    private static readonly LockHolder Bob = LockHolder.ThisProcess("harness run\n--target lab \u00e9");

    private sealed class Told : IProgress<TargetProgress>
    {
        public List<string> Lines { get; } = [];

        public TaskCompletionSource First { get; } = new();

        public void Report(TargetProgress value)
        {
            Lines.Add($"{value.Step}: {value.Text}");
            First.TrySetResult();
        }
    }

    private static string FileOf(RealSshd sshd)
    {
        File.WriteAllText(sshd.PathOf("it's kvm"), "");
        return sshd.PathOf("it's kvm");
    }

    [Test]
    public async Task A_second_user_gets_the_holders_name_and_the_lock_when_it_is_free()
    {
        using var sshd = new RealSshd(transport);
        string file = FileOf(sshd);
        await using var one = await sshd.ConnectAsync();
        await using var two = await sshd.ConnectAsync();
        var first = await HostLock.TakeAsync(one, Alice, TimeSpan.Zero, null, default, file);
        Assert.That(first, Is.Not.Null);

        var thrown = Assert.ThrowsAsync<TargetException>(async () =>
            await HostLock.TakeAsync(two, Bob, TimeSpan.Zero, null, default, file)
        );
        Assert.That(thrown.Failure, Is.EqualTo(TargetFailure.Busy));
        Assert.That(thrown.Message, Does.Contain($"in use by {Alice.Text}"));

        var told = new Told();
        var waiting = HostLock.TakeAsync(two, Bob, TimeSpan.FromMinutes(5), told, default, file);
        await told.First.Task;
        await first!.DisposeAsync();
        await using var second = await waiting;
        Assert.That(second, Is.Not.Null);
        Assert.That(told.Lines[0], Is.EqualTo($"InUse: in use by {Alice.Text}; waiting up to 5 min"));
        Assert.That(first.Lost.IsCompleted, Is.False, "given back, not lost");
    }

    [Test]
    public async Task A_connection_that_breaks_takes_its_lock_with_it()
    {
        using var sshd = new RealSshd(transport);
        string file = FileOf(sshd);
        var one = await sshd.ConnectAsync();
        var first = await HostLock.TakeAsync(one, Alice, TimeSpan.Zero, null, default, file);
        await one.DisposeAsync();

        await using var two = await sshd.ConnectAsync();
        await using var second = await HostLock.TakeAsync(two, Bob, TimeSpan.FromMinutes(5), null, default, file);
        Assert.That(second, Is.Not.Null);
        Assert.That((await first!.Lost).Failure, Is.EqualTo(TargetFailure.SessionLost));
        await first.DisposeAsync();
    }

    [Test]
    public async Task A_harness_that_falls_silent_loses_it_and_learns_so()
    {
        using var sshd = new RealSshd(transport);
        string file = FileOf(sshd);
        // Simulates a minute of silence.
        sshd.Provide("timeout", "exit 124");
        await using var one = await sshd.ConnectAsync();
        await using var first = await HostLock.TakeAsync(one, Alice, TimeSpan.Zero, null, default, file);

        Assert.That((await first!.Lost).Message, Does.Contain("its lock was lost"));
        await using var second = await HostLock.TakeAsync(one, Bob, TimeSpan.FromMinutes(5), null, default, file);
        Assert.That(second, Is.Not.Null);
    }

    [Test]
    public async Task A_host_that_can_not_lock_is_used_all_the_same_and_that_is_reported()
    {
        using var sshd = new RealSshd(transport);
        await using var connection = await sshd.ConnectAsync();
        var told = new Told();
        Assert.That(
            await HostLock.TakeAsync(connection, Alice, TimeSpan.Zero, told, default, sshd.PathOf("nothing")),
            Is.Null
        );
        Assert.That(
            told.Lines,
            Is.EqualTo(new[] { $"NotLocked: not locked: {sshd.PathOf("nothing")} can't be opened" })
        );
    }

    [Test]
    public async Task A_target_of_another_folder_or_run_waits_and_its_session_ends_with_the_lock()
    {
        using var sshd = new RealSshd(transport);
        string file = FileOf(sshd);
        var target = new SshTarget("lab", sshd.Options, new ProcessRunner())
        {
            Transport = transport,
            Holder = Alice,
            LockedFile = file,
        };
        await using (await target.OpenAsync())
        {
            var other = new SshTarget("lab", sshd.Options, new ProcessRunner())
            {
                Transport = transport,
                Holder = Bob,
                LockedFile = file,
            };
            Assert.That(
                async () => await other.OpenAsync(),
                Throws.TypeOf<TargetException>().With.Message.Contains("alice@laptop")
            );
        }
        await using var again = await target.OpenAsync();
        Assert.That(again.Lost.IsCompleted, Is.False);
    }

    [Test]
    public void A_holder_is_one_line_of_plain_text() =>
        Assert.That(Bob.Text, Does.EndWith(": harness run?--target lab ?").And.Match("^[ -~]+$"));
}
