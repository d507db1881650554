using Harness.Store;

namespace Harness.Reports.Tests;

/// <summary>A host's result for a case in one night.</summary>
internal sealed record Said(
    string Verdict,
    string? Observed = "does this",
    string? Predicted = "does this",
    string? Rule = "rule-a",
    string? Reason = null
)
{
    /// <summary>The safety properties that it violates, as the policy predicts.</summary>
    public string[] Breaks { get; init; } = [];

    public static implicit operator Said(string verdict) =>
        Standing(verdict) switch
        {
            "good" => new Said(verdict),
            "bad" => new Said(verdict, "does that"),
            _ => new Said(verdict, null, null, null, $"{verdict} for a reason"),
        };

    private static string Standing(string verdict) =>
        verdict switch
        {
            Verdicts.Match or Verdicts.Erratum or Verdicts.Known => "good",
            Verdicts.Mismatch
            or Verdicts.Crash
            or Verdicts.Hang
            or Verdicts.Disagreement
            or Verdicts.Unstable
            or Verdicts.Unverified => "bad",
            _ => "none",
        };
}

/// <summary>A host of a night with its results; nothing is known about one that never responded.</summary>
internal sealed record NightHost(string Target, IReadOnlyDictionary<string, Said> Cases)
{
    public string Policy { get; init; } = "mainline-7.2";

    public string Capabilities { get; init; } =
        """{"errno":0,"vm":{"10":32767,"243":1},"system":{"243":{"errno":22}}}""";

    public string Kernel { get; init; } = "7.2.0-1";

    /// <summary>The host's release, if it has not been read, and the nearest one that has.</summary>
    public (string Release, string Nearest)? Unread { get; init; }

    /// <summary>The rules of its policy.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>Why it was unavailable, or null.</summary>
    public string? Lost { get; init; }

    public IReadOnlyList<KnownDifferenceRecord> Known { get; init; } = [];

    /// <summary>Cases c0, c1, ... with these verdicts.</summary>
    public static NightHost Of(string target, params Said[] said) =>
        new(target, said.Select((s, i) => (Id: $"c{i}", Said: s)).ToDictionary(c => c.Id, c => c.Said));
}

/// <summary>A store of runs, one an hour, each with the results that a test needs.</summary>
internal sealed class Nights(string directory)
{
    private static readonly DateTimeOffset s_first = new(2026, 11, 20, 1, 0, 0, TimeSpan.Zero);

    private int _number;

    public ResultStore Store { get; } = ResultStore.OpenOrCreate(Path.Combine(directory, "nightly.db"));

    public string Model { get; set; } = "model-1";

    public string? Suite { get; set; } = "nightly";

    public async Task<RunSummary> AddAsync(string state, params NightHost[] hosts)
    {
        var started = s_first.AddHours(_number);
        string id = $"night-{++_number}";
        await using (
            var writer = await Store.BeginRunAsync(
                new RunRecord(id, started, "harness run --suite nightly", "0.1", Model, "probe-1", null)
                {
                    Suite = Suite,
                }
            )
        )
        {
            foreach (var host in hosts)
                await AddAsync(writer, host, state);
            await writer.FinishAsync(state, state == States.Finished ? null : "for a reason");
        }
        return Store.Run(id)!;
    }

    public Task<RunSummary> AddAsync(params NightHost[] hosts) =>
        AddAsync(hosts.Any(h => h.Lost is not null) ? States.Failed : States.Finished, hosts);

    private async Task AddAsync(RunWriter writer, NightHost host, string state)
    {
        long id = await writer.AddHostAsync(new HostRecord(host.Target, "qemu"));
        await writer.PlanAsync(id, [.. host.Cases.Keys.Select(c => new CaseRecord(c, "anon", $"title of {c}", "{}"))]);
        if (host.Lost is null)
            await writer.DescribeHostAsync(
                id,
                new HostRecord(
                    host.Target,
                    "qemu",
                    host.Kernel,
                    Capabilities: host.Capabilities,
                    Evidence: ["pte"],
                    Policy: host.Policy
                )
                {
                    UpstreamRelease = host.Unread?.Release,
                    NearestRelease = host.Unread?.Nearest,
                    ReleaseStanding = host.Unread is null ? null : ReleaseStandings.Unverified,
                }
            );
        foreach (var (c, said) in host.Cases.Where(c => c.Value.Verdict != Verdicts.Planned))
            await writer.RecordAsync(
                host.Lost is { } why
                    ? new ResultRecord(id, c, Verdicts.Infrastructure, Culprits.Infrastructure, why)
                    : new ResultRecord(
                        id,
                        c,
                        said.Verdict,
                        said.Verdict is Verdicts.Match or Verdicts.Erratum ? Culprits.None : Culprits.Kernel,
                        said.Reason,
                        host.Policy,
                        said.Rule,
                        "user_mem_abort(), 7.2",
                        said.Predicted,
                        said.Observed,
                        Known: said.Verdict == Verdicts.Known ? "entry-1" : null
                    )
                    {
                        Breaches = [.. said.Breaks.Select(b => new BreachRecord(b, $"{b} must hold.", "a mail", true))],
                    }
            );
        await writer.AddRulesAsync(
            Model,
            host.Policy,
            [.. host.Rules.Select(r => new RuleRecord(r, "map", "user_mem_abort(), 7.2", "says so"))]
        );
        await writer.AddKnownAsync(id, host.Known);
        await writer.FinishHostAsync(
            id,
            host.Lost is not null ? States.Failed
                : state == States.Failed ? States.Finished
                : state,
            host.Lost
        );
    }
}
