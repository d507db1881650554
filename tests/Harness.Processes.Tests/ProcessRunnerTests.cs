using System.Globalization;

namespace Harness.Processes.Tests;

public class ProcessRunnerTests
{
    private readonly ProcessRunner _runner = new();

    [TearDown]
    public void Ended_processes_are_not_killed() => Assert.That(OpenSessions.Numbers(), Is.Empty);

    [Test]
    public async Task A_result_has_both_streams_and_the_exit_code()
    {
        var result = await _runner.RunAsync(Dummy.Spec("say", "out", "err", "3"));

        Assert.That(result.OutputText, Is.EqualTo("out"));
        Assert.That(result.ErrorText, Is.EqualTo("err"));
        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(result.Exit.Signal, Is.Null);
        Assert.That(result.OutputTruncated || result.ErrorsTruncated, Is.False);
    }

    [Test]
    public async Task A_failure_is_reported_in_one_line_that_has_the_programs_last_one()
    {
        var result = await _runner.RunAsync(Dummy.Spec("say", "", "first\nthe reason\n\n", "3"));

        Assert.That(
            () => result.EnsureSuccess(),
            Throws
                .TypeOf<ProcessFailedException>()
                .With.Message.EqualTo("Harness.Dummy ended with exit status 3: the reason")
        );
    }

    [Test]
    public async Task Arguments_arrive_as_they_were_given()
    {
        string[] arguments = ["", "a b", "'", "\"", "$HOME", "*", "\n", "-x", "--", "ü", "\\", "a\\\\ \\", "\\\"b c\\"];
        var result = await _runner.RunAsync(Dummy.Spec(["arguments", .. arguments]));
        Assert.That(result.OutputText.Split('\0')[..^1], Is.EqualTo(arguments));
    }

    [Test]
    public async Task An_environment_variable_can_be_set_and_removed()
    {
        var set = await _runner.RunAsync(
            Dummy.Spec("environment", "COLOUR") with
            {
                Environment = new Dictionary<string, string?> { ["COLOUR"] = "blue" },
            }
        );
        var removed = await _runner.RunAsync(
            Dummy.Spec("environment", "HOME") with
            {
                Environment = new Dictionary<string, string?> { ["HOME"] = null },
            }
        );
        Assert.That(set.OutputText, Is.EqualTo("blue"));
        Assert.That(removed.OutputText, Is.EqualTo("(unset)"));
    }

    [Test]
    public async Task Input_far_beyond_a_pipes_size_arrives_whole()
    {
        var bytes = new byte[3 << 20];
        new Random(1).NextBytes(bytes);
        var given = await _runner.RunAsync(Dummy.Spec("copy") with { Input = new ProcessInput.Bytes(bytes) });
        using var source = new MemoryStream(bytes);
        var copied = await _runner.RunAsync(Dummy.Spec("copy") with { Input = new ProcessInput.Copy(source) });

        Assert.That(given.Output.Span.SequenceEqual(bytes));
        Assert.That(copied.Output.Span.SequenceEqual(bytes));
        Assert.That(given.InputRefused || copied.InputRefused, Is.False);
    }

    [Test]
    public async Task A_process_that_does_not_read_its_input_is_reported_and_blocks_nothing()
    {
        var result = await _runner.RunAsync(
            Dummy.Spec("refuse-input") with
            {
                Input = new ProcessInput.Bytes(new byte[1 << 20]),
            }
        );
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.InputRefused);
    }

    [Test]
    public async Task Output_beyond_the_limit_is_dropped_and_flagged()
    {
        var result = await _runner.RunAsync(Dummy.Spec("flood", "100") with { CaptureLimit = 10_000 });
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Output.Length, Is.EqualTo(10_000));
        Assert.That(result.Errors.Length, Is.EqualTo(10_000));
        Assert.That(result.OutputTruncated && result.ErrorsTruncated);
        Assert.That(result.ErrorText, Does.EndWith("the last words"));
    }

    [Test]
    public async Task A_hundred_megabytes_reach_a_stream_whole()
    {
        using var sink = new MemoryStream();
        var result = await _runner.RunAsync(Dummy.Spec("flood", "100") with { OutputTo = sink });
        Assert.That(sink.Length, Is.EqualTo(100L << 20));
        Assert.That(result.OutputTruncated, Is.False);
    }

    [Test]
    public void A_sink_that_fails_ends_the_process_and_is_reported_as_itself()
    {
        using var sink = new MemoryStream(new byte[1000]);
        Assert.That(
            async () => await _runner.RunAsync(Dummy.Spec("flood", "100") with { OutputTo = sink }),
            Throws.InstanceOf<NotSupportedException>()
        );
    }

    [Test]
    public async Task A_grandchild_that_holds_stdout_neither_blocks_nor_survives()
    {
        var result = await _runner.RunAsync(Dummy.Spec("orphan", "5"));
        var grandchild = int.Parse(result.OutputText, CultureInfo.InvariantCulture);

        Assert.That(result.ExitCode, Is.EqualTo(5));
        Assert.That(result.OutputTruncated, "someone else held the stream at the end");
        Assert.That(ProcessIdentity.Of(grandchild), Is.Null);
    }

    [Test]
    public async Task A_source_that_fails_ends_the_process_with_its_children_and_is_reported_as_itself()
    {
        await using var sink = new SignallingStream();
        using var source = new FailingStream(sink.FirstWrite);
        var run = _runner.RunAsync(
            Dummy.Spec("parent-that-hangs") with
            {
                Input = new ProcessInput.Copy(source),
                OutputTo = sink,
            }
        );
        var child = int.Parse(await sink.FirstWrite, CultureInfo.InvariantCulture);

        Assert.That(
            async () => await run,
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("the source is damaged")
        );
        Assert.That(ProcessIdentity.Of(child), Is.Null);
    }

    [Test]
    public async Task A_source_that_never_ends_does_not_keep_a_process_that_has()
    {
        using var source = new FailingStream(new TaskCompletionSource<string>().Task);
        var result = await _runner.RunAsync(
            Dummy.Spec("say", "out", "", "0") with
            {
                Input = new ProcessInput.Copy(source),
            }
        );
        Assert.That(result.OutputText, Is.EqualTo("out"));
        Assert.That(result.InputRefused);
    }

    [Test]
    public async Task A_process_killed_in_mid_line_leaves_what_it_said_and_its_signal()
    {
        var result = await _runner.RunAsync(Dummy.Spec("die-in-mid-line", "KILL"));
        Assert.That(result.Exit.Signal, Is.EqualTo(9));
        Assert.That(result.Exit.ToString(), Is.EqualTo("signal 9"));
        Assert.That(result.OutputText, Is.EqualTo("a whole line\nhalf a li"));
    }

    [Test]
    public async Task Cancelling_ends_the_process_and_its_children()
    {
        using var cancel = new CancellationTokenSource();
        await using var sink = new SignallingStream();
        var run = _runner.RunAsync(Dummy.Spec("parent-that-hangs") with { OutputTo = sink }, cancel.Token);
        var child = int.Parse(await sink.FirstWrite, CultureInfo.InvariantCulture);
        Assert.That(ProcessIdentity.Of(child), Is.Not.Null);

        await cancel.CancelAsync();

        Assert.That(async () => await run, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(ProcessIdentity.Of(child), Is.Null);
    }

    [Test]
    public void A_deadline_ends_a_process_that_hangs_and_keeps_what_it_said()
    {
        var spec = Dummy.Spec("hang-deaf") with
        {
            Deadline = TimeSpan.FromSeconds(1),
            StopGrace = TimeSpan.FromMilliseconds(10),
        };
        var thrown = Assert.ThrowsAsync<ProcessTimeoutException>(async () => await _runner.RunAsync(spec));
        Assert.That(thrown.Message, Does.StartWith("Harness.Dummy was not done after "));
        Assert.That(thrown.Result.Exit.Signal, Is.EqualTo(9), "it does not listen to SIGTERM");
    }

    [Test]
    public void A_missing_program_is_named_with_what_to_do()
    {
        Assert.That(
            async () => await _runner.RunAsync(new ProcessSpec("no-such-program")),
            Throws
                .TypeOf<ProgramNotFoundException>()
                .With.Message.EqualTo(
                    "program 'no-such-program' not found in PATH: install it (scripts/setup does), or correct the path"
                )
        );
    }

    /// <summary>Fails on request, in the middle of being read.</summary>
    private sealed class FailingStream(Task when) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default)
        {
            await when.WaitAsync(cancel);
            throw new InvalidDataException("the source is damaged");
        }
    }

    /// <summary>Signals when the first bytes were written, so that a test need not wait for a fixed time.</summary>
    private sealed class SignallingStream : MemoryStream
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstWrite => _first.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default)
        {
            await base.WriteAsync(bytes, cancel);
            _first.TrySetResult(System.Text.Encoding.UTF8.GetString(bytes.Span));
        }
    }
}
