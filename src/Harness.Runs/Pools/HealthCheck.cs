using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs.Pools;

/// <summary>
/// A few cases before a run, to see whether a machine executes them. A mismatch is not a fault of the machine: whether
/// its kernel is right is what the run is for.
/// </summary>
public static class HealthCheck
{
    public const int Cases = 10;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>At most ten of them, evenly distributed.</summary>
    public static IReadOnlyList<Case> Choose(IReadOnlyList<Case> cases) =>
        cases.Count <= Cases
            ? cases
            : [.. Enumerable.Range(0, Cases).Select(i => cases[(int)((long)cases.Count * i / Cases)])];

    /// <returns>Why the run can't be executed there, or null.</returns>
    public static async Task<string?> ReasonAsync(
        IProbeHost host,
        IReadOnlyList<Case> cases,
        Action<string> phase,
        CancellationToken cancel
    )
    {
        var journal = new Journal(phase);
        await using var session = new HostSession(host, TimeoutScale.Scale(Grace), phase) { Choose = PolicyOf };
        if (await new HostRun(session, journal).ExecuteAsync(cases, cancel).ConfigureAwait(false) is { } lost)
            return $"it was lost during its health check: {lost}";
        var failed = journal.Verdicts.Where(v => IsFault(v.Verdict.Kind)).ToList();
        return failed.Count == 0
            ? journal.Verdicts.All(v => v.Verdict.Kind == VerdictKind.Skip)
                ? "it executes none of the cases of its health check: "
                    + (journal.Verdicts.FirstOrDefault().Verdict?.Reason ?? "there are none")
                : null
            : $"{failed.Count} of {cases.Count} cases of its health check failed, {failed[0].Case.Id}: "
                + $"{Store.Verdicts.Of(failed[0].Verdict.Kind).Word}, {failed[0].Verdict.Reason}";
    }

    private static bool IsFault(VerdictKind kind) =>
        kind
            is VerdictKind.Infrastructure
                or VerdictKind.ProbeError
                or VerdictKind.Unstable
                or VerdictKind.Crash
                or VerdictKind.Hang;

    /// <summary>A kernel without a policy may be judged by one that the user names; here any will do.</summary>
    private static PolicyChoice PolicyOf(HostProfile known)
    {
        var choice = ReleaseCatalog.Choose(known.Release, known.Build);
        return choice.Policy is null ? PolicyChoice.Named(PolicyCatalog.Newest, choice.Release) : choice;
    }

    /// <summary>Keeps the verdicts.</summary>
    private sealed class Journal(Action<string> phase) : IRunJournal
    {
        public List<(Case Case, Verdict Verdict)> Verdicts { get; } = [];

        public void Phase(string what) => phase(what);

        public string? Host(HostProfile profile, Fields facts, Policy policy, string probeHash, ResumedHost? resumed) =>
            null;

        public void Attempt(Case c, int number, Observation observation, IReadOnlyList<KernelReport> reports) { }

        public void Known(KnownOnHost known) { }

        public void Verdict(Case c, Verdict verdict, int attempts, long micros) => Verdicts.Add((c, verdict));
    }
}
