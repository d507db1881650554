using Harness.Protocol;
using Harness.Runs.Dispatch;

namespace Harness.Runs.Tests;

/// <summary>What runs, migrations and bisections use of a host.</summary>
public sealed class HostSessionTests
{
    private static readonly ProbeProgram[] s_programs =
    [
        .. Enumerable.Range(0, 5).Select(i => new ProbeProgram($"p{i}", 1000, [])),
    ];

    private static Observation Done(ProbeProgram program) =>
        new(program.Case, ObservationEnd.Completed, null, 1, [], []);

    private static HostSession Session(FakeHost host) => new(host, TimeSpan.FromSeconds(5), _ => { });

    [Test]
    public async Task Programs_go_on_with_the_first_that_has_no_answer_where_a_probe_is_lost([Values(1, 3)] int window)
    {
        int asked = 0;
        var host = new FakeHost
        {
            Facts = FactsReaderTests.Plain(),
            Answer = p => ++asked is 2 or 5 ? throw new LinkLostException("died") : Done(p),
        };
        await using var session = Session(host);
        var answered = new List<(int, string)>();
        await session.RunAsync(s_programs, window, (i, o) => answered.Add((i, o.Case)), default);
        Assert.That(answered, Is.EqualTo(Enumerable.Range(0, 5).Select(i => (i, $"p{i}"))));
        Assert.That(host.Started, Is.EqualTo(3));
    }

    [Test]
    public async Task A_probe_that_is_lost_at_every_program_is_started_again_three_times_in_all()
    {
        var host = new FakeHost { Facts = FactsReaderTests.Plain(), Answer = _ => throw new LinkLostException("died") };
        await using var session = Session(host);
        for (int i = 0; i < 3; i++)
            Assert.That(
                () => session.RunAsync(s_programs, 1, (_, _) => { }, default),
                Throws.TypeOf<HostUnavailableException>().With.Message.EqualTo("died")
            );
        Assert.That(() => session.OpenAsync(default), Throws.TypeOf<HostUnavailableException>());
        Assert.That(host.Started, Is.EqualTo(4));
    }

    [Test]
    public async Task A_host_that_refuses_at_first_is_not_tried_again_and_one_that_was_there_is()
    {
        var never = new FakeHost
        {
            Facts = FactsReaderTests.Plain(),
            Answer = Done,
            Refuse = _ => new HostUnavailableException("no /dev/kvm"),
        };
        await using var refused = Session(never);
        Assert.That(() => refused.OpenAsync(default), Throws.TypeOf<HostUnavailableException>());
        Assert.That(never.Started, Is.EqualTo(1));

        int asked = 0;
        var back = new FakeHost
        {
            Facts = FactsReaderTests.Plain(),
            Answer = p => ++asked == 1 ? throw new LinkLostException("died") : Done(p),
            Refuse = started => started == 2 ? new HostUnavailableException("too many sessions") : null,
        };
        await using var session = Session(back);
        int answered = 0;
        await session.RunAsync(s_programs, 1, (_, _) => answered++, default);
        Assert.That((answered, back.Started), Is.EqualTo((5, 3)));
    }
}
