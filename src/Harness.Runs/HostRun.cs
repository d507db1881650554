using Harness.Cases;
using Harness.Model;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// Runs cases on one host: starts the probe, asks for facts, sends programs, judges, confirms. Every case given ends
/// in exactly one verdict, unless the run is cancelled; then those not yet judged stay planned.
/// </summary>
/// <param name="host">The host.</param>
/// <param name="profile">Reads the host's facts.</param>
/// <param name="choose">The policy to judge under.</param>
/// <param name="journal">Where it is written down.</param>
/// <param name="grace">Waited beyond a program's own deadline before the probe counts as lost.</param>
public sealed class HostRun(
    IProbeHost host,
    Func<Fields, HostProfile> profile,
    Func<HostProfile, PolicyChoice> choose,
    IRunJournal journal,
    TimeSpan grace)
{
    private const int Window = 16;

    /// <summary>Where kernels are known to do otherwise.</summary>
    public IReadOnlyList<KnownDifference> KnownDifferences { get; init; } = [];

    /// <summary>What the host did before the run was interrupted, or null.</summary>
    public ResumedHost? Resumed { get; init; }

    /// <summary>A probe that dies over and over is not started for ever.</summary>
    private const int Restarts = 3;

    private sealed record Asked(CompiledCase Compiled)
    {
        public Case Case => Compiled.Case;

        public Verdict? First { get; set; }

        public long Micros { get; set; }
    }

    /// <summary>What can be done before it is the host's turn; where that fails, every case has its verdict.</summary>
    /// <returns>Null, or why the host can't be had.</returns>
    public async Task<string?> PrepareAsync(IReadOnlyList<Case> cases, CancellationToken cancel)
    {
        try
        {
            await host.PrepareAsync(journal.Phase, cancel).ConfigureAwait(false);
            return null;
        }
        catch (HostUnavailableException e)
        {
            return Unavailable(cases, e.Message);
        }
    }

    /// <returns>Null, or why the host could not be had.</returns>
    public async Task<string?> ExecuteAsync(IReadOnlyList<Case> cases, CancellationToken cancel)
    {
        IProbeLink? link = null;
        try
        {
            link = await host.StartProbeAsync(journal.Phase, cancel).ConfigureAwait(false);
            journal.Phase("reading facts");
            var facts = await new Dispatcher(link, Window, grace).FactsAsync(host.PciDevices, cancel).ConfigureAwait(false);
            var known = profile(facts);
            var choice = choose(known);
            var policy = choice.Policy
                ?? throw new UnusableFactsException($"no policy is known for kernel {known.Release} ({choice.Reason}): name one with --policy (harness identify says which fit)");
            known = known with { Choice = choice };
            if (journal.Host(known, facts, policy, link.ProbeHash, Resumed) is { } changed)
                return Unavailable(cases, changed);
            var judge = new Judge(policy, known);
            var differences = new KnownOnHost(KnownDifferences, host.Name, known, policy);
            foreach (var earlier in Resumed?.Earlier ?? [])
                differences.Recall(earlier);

            journal.Phase("running");
            var todo = Plan(cases, judge, known);
            link = await AskAllAsync(link, judge, differences, todo, cancel).ConfigureAwait(false);
            journal.Known(differences);
            return host.Lost;
        }
        catch (Exception e) when (e is HostUnavailableException or LinkLostException or UnusableFactsException)
        {
            return Unavailable(cases, host.Lost ?? e.Message);
        }
        finally
        {
            if (link is not null)
                await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    private string Unavailable(IReadOnlyList<Case> cases, string reason)
    {
        foreach (var c in cases)
            journal.Verdict(c, new Verdict(VerdictKind.Infrastructure, Culprit.Infrastructure, reason, "", null, null, [], []), 0, 0);
        return reason;
    }

    private List<Asked> Plan(IReadOnlyList<Case> cases, Judge judge, HostProfile known)
    {
        var todo = new List<Asked>();
        foreach (var c in cases)
        {
            if (judge.BeforeRun(c, known.NoKvmReason ?? CaseCompiler.NotRunnableReason(c, known.Abilities)) is { } settled)
                journal.Verdict(c, settled, 0, 0);
            else
                todo.Add(new Asked(CaseCompiler.Compile(c, known.Abilities)));
        }
        // What may take the host with it comes last.
        return known.Host.Mode != KvmMode.Protected ? todo : [.. todo.OrderBy(a => Hazard.Of(known.Host, judge.Predict(a.Case)) is not null)];
    }

    /// <summary>Asks every case once, and those that did not simply match a second time, alone.</summary>
    private async Task<IProbeLink?> AskAllAsync(IProbeLink? link, Judge judge, KnownOnHost differences, List<Asked> todo, CancellationToken cancel)
    {
        var again = new List<Asked>();
        link = await AskAsync(link, judge, todo, Window, (asked, observation) =>
        {
            journal.Attempt(asked.Case, 1, observation);
            asked.Micros = observation.Micros;
            asked.First = judge.Decide(asked.Compiled, observation);
            if (asked.First.Kind == VerdictKind.Match)
                journal.Verdict(asked.Case, differences.Settle(asked.Case, asked.First), 1, asked.Micros);
            else
                again.Add(asked);
        }, cancel).ConfigureAwait(false);
        if (again.Count == 0)
            return link;
        journal.Phase($"confirming {again.Count}");
        return await AskAsync(link, judge, again, 1, (asked, observation) =>
        {
            journal.Attempt(asked.Case, 2, observation);
            journal.Verdict(asked.Case,
                differences.Settle(asked.Case, Confirm(asked, judge.Decide(asked.Compiled, observation))).UnlessUnread(), 2, asked.Micros);
        }, cancel).ConfigureAwait(false);
    }

    private async Task<IProbeLink?> AskAsync(
        IProbeLink? link, Judge judge, List<Asked> todo, int window, Action<Asked, Observation> answered, CancellationToken cancel)
    {
        int done = 0;
        for (int restarts = 0; done < todo.Count; restarts++)
        {
            try
            {
                link ??= await host.StartProbeAsync(journal.Phase, cancel).ConfigureAwait(false);
                var rest = todo[done..];
                await new Dispatcher(link, window, grace).RunAsync([.. rest.Select(a => a.Compiled.Program)], (i, observation) =>
                {
                    answered(rest[i], observation);
                    done++;
                }, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is LinkLostException or HostUnavailableException)
            {
                if (link is not null)
                    await link.DisposeAsync().ConfigureAwait(false);
                link = null;
                if (host.Lost is null && restarts < Restarts)
                    continue;
                foreach (var asked in todo[done..])
                    journal.Verdict(asked.Case, judge.Lost(asked.Case, host.Lost ?? e.Message), asked.First is null ? 0 : 1, asked.Micros);
                return null;
            }
        }
        return link;
    }

    /// <summary>Only what says the same twice is reported as such.</summary>
    private static Verdict Confirm(Asked asked, Verdict second) =>
        second.Kind == asked.First!.Kind && second.Observed == asked.First.Observed
            ? second
            : second with
            {
                Kind = VerdictKind.Unstable,
                Culprit = Culprit.Platform,
                Reason = $"first {Short(asked.First)}, then, alone, {Short(second)}",
            };

    private static string Short(Verdict v) => $"{v.Kind}: {v.Observed?.ToString() ?? v.Reason}";
}
