using Harness.Protocol;
using Harness.Runs.Dispatch;

namespace Harness.Runs.Tests;

/// <summary>Programs go out in order; replies come in the order in which programs end.</summary>
public sealed class DispatcherTests
{
    private static readonly ProbeProgram[] s_programs =
    [
        .. Enumerable.Range(0, 6).Select(i => new ProbeProgram($"p{i}", 1000, [])),
    ];

    [Test]
    public async Task Replies_in_another_order_reach_their_own_programs()
    {
        var link = new Link(requests => requests[^1]);
        var observed = new List<(int, string)>();
        await Dispatcher(link, window: 3).RunAsync(s_programs, (i, o) => observed.Add((i, o.Case)), default);
        Assert.That(observed.Select(o => o.Item1), Is.EquivalentTo(Enumerable.Range(0, 6)).And.Not.Ordered);
        Assert.That(observed, Has.All.Matches<(int Index, string Case)>(o => o.Case == $"p{o.Index}"));
        Assert.That(link.MostInFlight, Is.EqualTo(3));
    }

    [TestCase(99)]
    [TestCase(1)]
    public void A_reply_to_no_request_or_to_one_that_has_its_reply_loses_the_link(long id)
    {
        var first = true;
        var link = new Link(requests =>
        {
            var answer = first ? requests[0] : requests[0] with { Id = id };
            first = false;
            return answer;
        });
        Assert.That(
            () => Dispatcher(link, window: 2).RunAsync(s_programs, (_, _) => { }, default),
            Throws.TypeOf<LinkLostException>().With.Message.Contains($"request {id}, which is not in flight")
        );
    }

    [Test]
    public async Task A_lost_probe_is_sent_again_what_has_no_observation_and_only_that()
    {
        int answers = 0;
        var host = new FakeHost
        {
            Facts = FactsReaderTests.Plain(),
            Answer = p => ++answers == 3 ? throw new LinkLostException("died") : Done(p),
            Reversed = true,
        };
        await using var session = new HostSession(host, TimeSpan.FromSeconds(5), _ => { });
        var observed = new List<int>();
        await session.RunAsync(s_programs, 3, (i, _) => observed.Add(i), default);
        Assert.That(observed, Is.EquivalentTo(Enumerable.Range(0, 6)));
        Assert.That(host.Started, Is.EqualTo(2));
    }

    private static Dispatcher Dispatcher(IProbeLink link, int window) => new(link, window, TimeSpan.FromSeconds(5));

    private static Observation Done(ProbeProgram program) =>
        new(program.Case, ObservationEnd.Completed, null, 1, [], []);

    /// <summary>Replies to one of the requests in flight.</summary>
    private sealed class Link(Func<IReadOnlyList<Request>, Request> next) : IProbeLink
    {
        private readonly List<Request> _requests = [];

        public int MostInFlight { get; private set; }

        public string ProbeHash => "hash";

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
        {
            _requests.Add(Messages.ReadRequest(line.ToArray()));
            MostInFlight = Math.Max(MostInFlight, _requests.Count);
            return Task.CompletedTask;
        }

        public Task<byte[]> ReceiveAsync(CancellationToken cancel)
        {
            var request = next(_requests);
            _requests.RemoveAll(r => r.Id == request.Id);
            return Task.FromResult(Messages.Line(new Reply(request.Id, Done(request.Run!)))[..^1]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
