using System.Globalization;
using System.Text;

namespace Harness.Processes.Tests;

public class ChildProcessTests
{
    private readonly ProcessRunner _runner = new();

    [Test]
    public async Task A_child_is_talked_to_over_its_streams_until_its_end_of_file()
    {
        await using var child = _runner.Start(Dummy.Spec("copy"));
        await child.Input.WriteAsync("one\n"u8.ToArray());
        Assert.That(await Dummy.LineAsync(child.Output), Is.EqualTo("one"));
        await child.Input.WriteAsync("two\n"u8.ToArray());
        Assert.That(await Dummy.LineAsync(child.Output), Is.EqualTo("two"));

        await child.Input.DisposeAsync();
        Assert.That((await child.Exited).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_child_leads_a_session_of_its_own()
    {
        await using var child = _runner.Start(Dummy.Spec("hang"));
        await Dummy.LineAsync(child.Output);
        Assert.That(ProcStat.Read(child.Pid)!.Value.Session, Is.EqualTo(child.Pid));
        Assert.That(child.Session.Members(), Is.EqualTo(new[] { child.Session.Leader }));
    }

    /// <summary>The kernel treats the thread that forked as the parent: it must not end.</summary>
    [Test]
    public async Task A_child_outlives_the_thread_that_wanted_it()
    {
        ChildProcess? child = null;
        var thread = new Thread(() => child = _runner.Start(Dummy.Spec("copy")));
        thread.Start();
        thread.Join();
        await using var _ = child!;
        await child!.Input.WriteAsync("still here\n"u8.ToArray());
        Assert.That(await Dummy.LineAsync(child.Output), Is.EqualTo("still here"));
        Assert.That(child.Gone.IsCompleted, Is.False);
    }

    [Test]
    public async Task Stopping_is_first_a_request()
    {
        await using var child = _runner.Start(Dummy.Spec("leave-quietly"));
        await Dummy.LineAsync(child.Output);
        var exit = await child.StopAsync();
        Assert.That(exit.ExitCode, Is.EqualTo(7));
        Assert.That(child.ErrorTail.ToString(), Is.EqualTo("leaving\n"));
    }

    [Test]
    public async Task Stop_sends_SIGKILL_if_SIGTERM_is_ignored()
    {
        await using var child = _runner.Start(
            Dummy.Spec("hang-deaf") with
            {
                StopGrace = TimeSpan.FromMilliseconds(10),
            }
        );
        await Dummy.LineAsync(child.Output);
        Assert.That((await child.StopAsync()).Signal, Is.EqualTo(9));
        Assert.That(child.Session.Leader.IsAlive, Is.False);
    }

    [Test]
    public async Task Disposing_ends_grandchildren_after_their_parent_ended()
    {
        int grandchild;
        await using (var child = _runner.Start(Dummy.Spec("orphan", "0")))
        {
            grandchild = int.Parse(await Dummy.LineAsync(child.Output), CultureInfo.InvariantCulture);
            await child.Exited;
            Assert.That(ProcessIdentity.Of(grandchild), Is.Not.Null);
        }
        Assert.That(ProcessIdentity.Of(grandchild), Is.Null);
    }

    [Test]
    public async Task The_end_of_a_killed_child_is_an_event()
    {
        await using var child = _runner.Start(Dummy.Spec("die-in-mid-line", "TERM"));
        Assert.That((await child.Exited).Signal, Is.EqualTo(15));
        using var text = new StreamReader(child.Output, Encoding.UTF8);
        Assert.That(await text.ReadToEndAsync(), Is.EqualTo("a whole line\nhalf a li"));
    }

    [Test]
    public async Task Messages_are_drained_so_that_a_talkative_child_never_blocks()
    {
        await using var child = _runner.Start(Dummy.Spec("flood", "5"), ChildOutput.Messages);
        Assert.That((await child.Exited).ExitCode, Is.Zero);
        Assert.That(child.ErrorTail.Total, Is.GreaterThan(5 << 20));
        Assert.That(child.ErrorTail.ToArray(), Has.Length.EqualTo(64 << 10));
    }

    [Test]
    public void A_session_with_the_number_of_another_process_has_no_members()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId)!;
        var former = new ProcessSession(self with { StartTicks = self.StartTicks - 1 });
        Assert.That(former.Members(), Is.Empty);
    }
}
