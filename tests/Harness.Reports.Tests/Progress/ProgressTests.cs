using Harness.Reports.Progress;
using Harness.Store;

namespace Harness.Reports.Tests.Progress;

public sealed class ProgressTests
{
    /// <summary>A clock that the test controls.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now;

        public void Pass(double seconds) => _now += (long)(seconds * 1000);
    }

    private readonly Clock _clock = new();

    [Test]
    public void A_host_shows_its_phase_then_counts_rate_and_time_left()
    {
        var host = new ProgressModel(_clock).Add("fwb");
        Assert.That(host.Snapshot().Text, Is.EqualTo("waiting"));
        host.Phase("booting");
        _clock.Pass(9);
        Assert.That(host.Snapshot().Text, Is.EqualTo("booting"));
        host.Phase("running");
        host.Plan(110);
        for (int i = 0; i < 10; i++)
            host.Count(Verdicts.Skip);
        _clock.Pass(1);
        for (int i = 0; i < 50; i++)
            host.Count(Verdicts.Match);
        Assert.That(host.Snapshot().Text, Is.EqualTo("running 60/110: 50 match, 10 skip, 50.0 cases/s, 1 s left"));
        host.End("finished");
        _clock.Pass(60);
        Assert.That(host.Snapshot().Text, Is.EqualTo("finished 60/110: 50 match, 10 skip, 50.0 cases/s"));
    }

    [Test]
    public void A_log_gets_a_line_for_each_phase_and_one_every_few_seconds()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var lines = new ProgressLines(text, _clock, TimeSpan.FromSeconds(5));
        var model = new ProgressModel(_clock);
        var host = model.Add("fwb");
        void Show(double passed)
        {
            _clock.Pass(passed);
            lines.Show(model.Snapshot());
        }
        Show(0);
        Show(60);
        host.Phase("running");
        host.Plan(1000);
        Show(1);
        host.Count(Verdicts.Match);
        Show(1);
        host.Count(Verdicts.Mismatch);
        Show(8);
        host.End("lost:\u001b QEMU died");
        Show(0);
        Assert.That(
            text.ToString(),
            Is.EqualTo(
                """
                fwb: waiting
                fwb: running 0/1000
                fwb: running 2/1000: 1 match, 1 mismatch, 0.2 cases/s, 84 min left
                fwb: lost:\x1b QEMU died 2/1000: 1 match, 1 mismatch, 0.2 cases/s

                """
            )
        );
    }

    [Test]
    public void A_run_of_several_hosts_reports_how_many_are_done_and_what_is_left_by_what_they_took()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var lines = new ProgressLines(text, _clock, TimeSpan.FromSeconds(5));
        var model = new ProgressModel(_clock);
        HostProgress one = model.Add("one", 10),
            two = model.Add("two", 30);
        model.Add("three", 20);
        one.Phase("booting");
        lines.Show(model.Overall());
        _clock.Pass(20);
        one.Plan(10);
        for (int i = 0; i < 10; i++)
            one.Count(Verdicts.Match);
        two.Phase("booting");
        one.End("done");
        lines.Show(model.Overall());
        lines.Show(model.Overall());

        Assert.That(
            text.ToString(),
            Does.EndWith("two: booting\nrun: 1 of 3 hosts done, 1 running, 1 waiting; 10/60 cases; about 2 min left\n")
        );
        Assert.That(model.Overall().Left, Is.EqualTo(TimeSpan.FromSeconds(100)));
    }

    [Test]
    public async Task The_display_ends_with_the_last_state()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var model = new ProgressModel(TimeProvider.System);
        var host = model.Add("fwb");
        await using (ProgressDisplay.Start(model, text, terminal: false, TimeProvider.System))
            host.End("unreachable [x]");
        Assert.That(text.ToString(), Does.EndWith("fwb: unreachable [x]\n"));
    }

    [Test]
    public async Task A_live_display_takes_foreign_text_as_text()
    {
        using var text = new StringWriter();
        var model = new ProgressModel(TimeProvider.System);
        model.Add("fwb").End("[red]unreachable[/");
        await using (ProgressDisplay.Start(model, text, terminal: true, TimeProvider.System)) { }
        Assert.That(text.ToString(), Does.Contain("[red]unreachable[/"));
    }
}
