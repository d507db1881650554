using System.Text;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Targets.Transport;

namespace Harness.Runs.Tests;

/// <summary>A host with simulated probes.</summary>
internal sealed class FakeHost : IProbeHost
{
    public string Name { get; init; } = "fake";

    public string? Lost { get; set; }

    public KernelReport? Crash { get; set; }

    public int? Workers { get; init; } = 2;

    public IConnection? Connection { get; init; }

    public string? Folder { get; init; }

    public int Started { get; private set; }

    public bool Disposed { get; private set; }

    public IReadOnlyDictionary<string, string> Platform { get; } = new Dictionary<string, string>();

    /// <summary>
    /// Answers a program; throws <see cref="LinkLostException"/> to die, returns null to stay silent.
    /// </summary>
    /// <summary>What the probe reports about the host.</summary>
    public Fields Facts { get; init; } = Fields.Of(("fact", 1));

    public required Func<ProbeProgram, Observation?> Answer { get; init; }

    /// <summary>Of the requests in flight, the last is answered first.</summary>
    public bool Reversed { get; init; }

    public Func<int, Exception?> Refuse { get; init; } = _ => null;

    public Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
    {
        Started++;
        return Refuse(Started) is { } refusal ? throw refusal : Task.FromResult<IProbeLink>(new Link(this));
    }

    /// <summary>A session that chooses the policy of its kernel.</summary>
    public HostSession Session(IRunJournal journal, TimeSpan grace, Func<Fields, HostProfile>? read = null) =>
        new(this, grace, journal.Phase)
        {
            Read = read ?? FactsReader.Read,
            Choose = known => ReleaseCatalog.Choose(known.Release, known.Build),
        };

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private sealed class Link(FakeHost host) : IProbeLink
    {
        private readonly List<Request> _requests = [];

        public string ProbeHash => "hash";

        public Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
        {
            Assert.That(Encoding.UTF8.GetString(line.Span), Does.Not.Contain("\n"));
            _requests.Add(Messages.ReadRequest(line.ToArray()));
            return Task.CompletedTask;
        }

        public async Task<byte[]> ReceiveAsync(CancellationToken cancel)
        {
            var request = _requests[host.Reversed ? ^1 : 0];
            _requests.Remove(request);
            if (request.Run is not { } program)
                return Messages.Line(new Reply(request.Id, Facts: host.Facts))[..^1];
            if (host.Answer(program) is { } observation)
                return Messages.Line(new Reply(request.Id, observation))[..^1];
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException("not reached");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Records all calls.</summary>
internal sealed class Notes : IRunJournal
{
    public List<string> Phases { get; } = [];

    public Dictionary<string, Verdict> Verdicts { get; } = [];

    public Dictionary<string, int> Attempts { get; } = [];

    public void Phase(string what) => Phases.Add(what);

    public string? Host(HostProfile profile, Fields facts, Policy policy, string probeHash, ResumedHost? resumed)
    {
        Phases.Add($"host {policy.Name}");
        return null;
    }

    public void Attempt(Case c, int number, Observation observation, IReadOnlyList<KernelReport> reports) =>
        Attempts[c.Id] = number;

    public KnownOnHost? KnownDifferences { get; private set; }

    public void Known(KnownOnHost known) => KnownDifferences = known;

    public void Verdict(Case c, Verdict verdict, int attempts, long micros) => Verdicts.Add(c.Id, verdict);
}
