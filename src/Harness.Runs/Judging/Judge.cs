using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Safety;
using Harness.Model.Slots;
using Harness.Model.Tags;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.KernelLogs;
using Harness.Store;

namespace Harness.Runs.Judging;

/// <summary>
/// Compares what a host did with what a policy allows. Independent of the transport. If some facts of the host are
/// unknown, a verdict must hold for all possibilities, and a case without such a verdict is skipped.
/// </summary>
/// <param name="policy">The policy that the host is judged by.</param>
/// <param name="profile">The host.</param>
public sealed class Judge(Policy policy, HostProfile profile)
{
    private const int Unsupported = 95; // EOPNOTSUPP: see stage2_exporter.h

    private static readonly HashSet<int> Shortage = [12, 23, 24, 28]; // ENOMEM, ENFILE, EMFILE, ENOSPC

    public Policy Policy => policy;

    public Prediction Predict(Case c) => policy.Predict(profile.Host, c);

    /// <summary>The verdict before any run, for a case that can't or needn't be run there; else null.</summary>
    public Verdict? BeforeRun(Case c, string? whyNotRunnable)
    {
        var prediction = Predict(c);
        return profile.Possible.All(h => policy.Predict(h, c).Outside is not null) && prediction.Outside is { } outside
                ? Without(VerdictKind.OutsideModel, Culprit.Model, outside, prediction)
            : whyNotRunnable is not null ? Without(VerdictKind.Skip, Culprit.Platform, whyNotRunnable, prediction)
            : null;
    }

    /// <summary>A verdict for a case without any observation.</summary>
    public Verdict Lost(Case c, string reason) =>
        Without(VerdictKind.Infrastructure, Culprit.Infrastructure, reason, Predict(c));

    /// <param name="compiled">The case, as compiled for the host.</param>
    /// <param name="observation">The result of its program.</param>
    /// <param name="reports">Those of the kernel in it that are of this case; null: all.</param>
    public Verdict Decide(CompiledCase compiled, Observation observation, IReadOnlyList<KernelReport>? reports = null)
    {
        var c = compiled.Case;
        var prediction = Predict(c);
        reports ??= KernelReportRecords.In(observation);
        if (Unfinished(observation, reports) is var (kind, culprit, why))
            return Without(kind, culprit, why, prediction);
        string log = KernelReportRecords.Remark(reports);
        Reading[] readings;
        try
        {
            readings = [.. profile.Possible.Select(h => Read(h, compiled, observation))];
        }
        catch (Exception e) when (e is UnreadableObservationException or FormatException)
        {
            return Without(VerdictKind.ProbeError, Culprit.Probe, $"{e.Message}{log}", prediction);
        }
        // Each step of a program is predicted for what was read after the step before it; without caches there is less.
        if (c is ProgramCase or CacheCase or AbortCase or NestedCase)
            prediction = readings[0].Prediction;
        // What the hardware uses is as predicted: then it is what was traced that was read wrongly.
        if (readings[0].Observed.TwoLeaves is { } two && readings.All(r => r.Agrees))
            return Without(VerdictKind.ProbeError, Culprit.Probe, $"{two}{log}", prediction);
        return Compare(compiled, observation, prediction, readings, log) with
        {
            Path = PathOf(prediction),
            Breaches = Judging.Breaches.Of(c, readings),
        };
    }

    private Verdict Compare(
        CompiledCase compiled,
        Observation observation,
        Prediction prediction,
        IReadOnlyList<Reading> readings,
        string log
    )
    {
        var c = compiled.Case;
        var first = readings[0];
        var observed = first.Observed;
        if (
            readings.All(r =>
                r.Agrees
                && r.GuestVerdict(profile.Platform, log)?.Kind == first.GuestVerdict(profile.Platform, log)?.Kind
            ) && first.GuestVerdict(profile.Platform, log) is { } words
        )
            return new Verdict(
                words.Kind,
                words.Culprit,
                words.Reason,
                prediction.Deciding.Name,
                first.Guest!.Beside(prediction),
                observed.Outcome,
                observed.Descriptors,
                observed.Levels
            );
        if (prediction.CacheActs.Count > 0 && profile.Platform.WhyNoCaches is { } why && readings.All(r => r.Agrees))
            return new Verdict(
                VerdictKind.Skip,
                Culprit.Platform,
                $"needs hardware: {why}; what shows without caches is as predicted{log}",
                prediction.Deciding.Name,
                Predict(c).Outcome,
                observed.Outcome,
                observed.Descriptors,
                observed.Levels
            )
            {
                AsPredicted = true,
            };
        if (c is AbortCase { Maintains: true } && profile.Platform.Tcg && readings.All(r => r.Agrees))
            return new Verdict(
                VerdictKind.Skip,
                Culprit.Platform,
                $"needs hardware: QEMU's TCG does nothing at cache maintenance by address; the rest is as predicted{log}",
                prediction.Deciding.Name,
                Predict(c).Outcome,
                observed.Outcome,
                observed.Descriptors,
                observed.Levels
            )
            {
                AsPredicted = true,
            };
        if (readings.All(r => r.Agrees && r.Guest is null))
            return new Verdict(
                VerdictKind.Match,
                Culprit.None,
                log.TrimStart(' ', ';'),
                prediction.Deciding.Name,
                prediction.Outcome,
                observed.Outcome,
                observed.Descriptors,
                observed.Levels
            );
        if (readings.Any(r => r.Agrees))
            return new Verdict(
                VerdictKind.Skip,
                Culprit.Platform,
                $"depends on {HangsOn(readings)}{log}",
                prediction.Deciding.Name,
                AnyOutcome.Of(readings.Select(r => r.Prediction.Outcome)),
                observed.Outcome,
                observed.Descriptors,
                observed.Levels
            );

        Statement rule = c switch
        {
            ProgramCase program => ProgramContradiction.Find(
                policy,
                profile.Host,
                program,
                observed.Registration,
                observed.Program
            ),
            AttributeCase attributes => Contradiction.Find(
                policy,
                profile.Host,
                attributes,
                observed.Agrees,
                observed.Registration != Errno.None,
                observed.Difference
            ),
            CapabilityCase => prediction.Deciding,
            SlotCallsCase or AbortCase or TagCase or RingCase or NestedCase => Contradiction.Find(
                prediction,
                observed.Calls
            ),
            CacheCase => Contradiction.Find(prediction, observed.Registration, observed.CacheActs),
            _ => Contradiction.Find(prediction, observed.Deviation(prediction)),
        };
        // A fault that repeats forever without being predicted: not a different result, but none.
        var (verdict, reason) = ObservationReader.TimedOut(observation)
            ? (
                VerdictKind.Hang,
                $"the guest made no progress within {profile.Abilities.RunTimeoutMs} ms, against {policy.Name}: {rule.Says}{log}"
            )
            : (
                VerdictKind.Mismatch,
                $"contradicts {policy.Name}: {rule.Says}{(observed.TwoLeaves is { } two ? $"; {two}" : "")}{(observed.Elsewhere is { } where ? $"; {where}" : "")}{(observed.Left is null ? "" : $"; left behind after everything was closed: {observed.Left}")}{log}"
            );
        var end = new Verdict(
            verdict,
            Culprit.Kernel,
            reason,
            rule.Name,
            prediction.Outcome,
            observed.Outcome,
            observed.Descriptors,
            observed.Levels
        );
        if (profile.Choice is not { Unverified: true } unread)
            return end;
        // No release may violate these, whether or not it has been read.
        var broken =
            observed.Left is null && c is AttributeCase of
                ? ObservedSafety.Broken(of, profile.Host, prediction, [.. observed.Accesses.Select(a => a.Seen)])
                : null;
        return broken is null && observed.Left is null
            ? end with
            {
                Unread = unread.Otherwise,
            }
            : end with
            {
                Reason =
                    $"{reason}; {unread.Reason}, but this breaks {broken?.Name ?? "the rule that nothing is left behind"}",
            };
    }

    /// <summary>The verdict for a program that did not reach the part under test. Null for one that did.</summary>
    internal static (VerdictKind Kind, Culprit Culprit, string Reason)? Unfinished(
        Observation observation,
        IReadOnlyList<KernelReport> reports
    )
    {
        string log = KernelReportRecords.Remark(reports);
        var last = observation.Steps.Count > 0 ? observation.Steps[^1] : null;
        return observation.End switch
        {
            ObservationEnd.Hang => (VerdictKind.Hang, Blamed(reports), $"deadline passed: {observation.Detail}{log}"),
            ObservationEnd.Crash => (VerdictKind.Crash, Blamed(reports), $"{observation.Detail}{log}"),
            ObservationEnd.ProbeError => (VerdictKind.ProbeError, Culprit.Probe, $"{observation.Detail}{log}"),
            ObservationEnd.SetupFailed when last is ExportResult { Errno: Unsupported } => (
                VerdictKind.Skip,
                Culprit.Platform,
                "needs VM_ALLOW_ANY_UNCACHED, which the kernel there doesn't have (6.9 and later do)"
            ),
            ObservationEnd.SetupFailed => (
                VerdictKind.ProbeError,
                last is not null && Shortage.Contains(last.Errno) ? Culprit.Platform : Culprit.Probe,
                $"set-up failed: {observation.Detail}{log}"
            ),
            _ => null,
        };
    }

    /// <summary>
    /// A kernel that reported trouble of its own is at fault; a machine that ran out of memory is, too.
    /// </summary>
    private static Culprit Blamed(IReadOnlyList<KernelReport> reports) =>
        reports.Any(r => r.Cause == KernelReportCause.Kernel) ? Culprit.Kernel
        : reports.Any(r => r.Cause == KernelReportCause.Machine) ? Culprit.Platform
        : Culprit.Probe;

    private Reading Read(HostFacts host, CompiledCase compiled, Observation observation)
    {
        var c = compiled.Case;
        var observed = new ObservationReader(profile.Decoding with { Fwb = host.Fwb }).Read(compiled, observation);
        var prediction = c is ProgramCase program
            ? policy.Predict(host, program, [.. observed.Program.Select(s => s.Left)])
            : policy.Predict(host, c);
        if (c is CacheCase && profile.Platform.Tcg)
            prediction = prediction.WithoutCaches;
        if (c is AbortCase aborts && profile.Platform.Tcg)
            prediction = policy.Predict(host, aborts, maintains: false);
        var guest = GuestEvidence.Of(c, observed, prediction, host.Fwb);
        return new Reading(host, prediction, guest?.Settle(observed) ?? observed, guest);
    }

    /// <summary>The unknown facts that prevent a verdict, each with why it is unknown.</summary>
    private string HangsOn(IReadOnlyList<Reading> readings)
    {
        bool Hangs(Func<HostFacts, HostFacts, bool> differ, Func<HostFacts, HostFacts, bool> alike) =>
            readings.Any(a =>
                readings.Any(b =>
                    (a.Agrees, a.Guest?.Agrees) != (b.Agrees, b.Guest?.Agrees)
                    && differ(a.Host, b.Host)
                    && alike(a.Host, b.Host)
                )
            );
        (string Fact, bool Needed)[] facts =
        [
            ("FWB", Hangs((a, b) => a.Fwb != b.Fwb, (a, b) => a == b with { Fwb = a.Fwb })),
            ("DIC", Hangs((a, b) => a.Dic != b.Dic, (a, b) => a == b with { Dic = a.Dic })),
            ("MTE", Hangs((a, b) => a.Mte != b.Mte, (a, b) => a == b with { Mte = a.Mte })),
            (KvmFacts.Protected, Hangs((a, b) => a.Mode != b.Mode, (a, b) => a == b with { Mode = a.Mode })),
        ];
        return string.Join(
            " and ",
            facts
                .Where(f => f.Needed)
                .Select(f =>
                    $"{f.Fact}, which is unknown{(profile.Fact(f.Fact)?.Unknown is { } why ? $", because {why}" : "")}"
                )
        );
    }

    private static Verdict Without(VerdictKind kind, Culprit culprit, string reason, Prediction p) =>
        new(kind, culprit, reason, p.Outside is null ? p.Deciding.Name : "", p.Outcome, null, [], [])
        {
            Path = PathOf(p),
        };

    private static IReadOnlyList<(string, string)> PathOf(Prediction p) =>
        [
            .. p.RegistrationPath.Select(r => ("registration", r.Name)),
            .. p.Accesses.Take(1).SelectMany(Steps),
            .. p.Change?.Path.Select(r => ("change", r.Name)) ?? [],
            .. p.Accesses.Skip(1).SelectMany((a, i) => Steps(a, i + 1)),
            .. p.Program.SelectMany((s, i) => s.Path.Select(r => ($"{i + 1} {s.Step}", r.Name))),
            .. p.Operations.Select((a, i) => ($"{i + 1} {OperationText.Word(a.Operation)}", a.By.Name)),
            .. p.Capability is null ? Array.Empty<(string, string)>() : [("capability", p.Deciding.Name)],
            .. p.SlotCalls.Select((call, i) => ($"{i + 1} {call.Call}", call.By.Name)),
            .. p.AbortActs.SelectMany((a, i) => a.Path.Select(s => ($"{i + 1} {a.Part.Act}", s.Name))),
            .. p.RingActs.SelectMany((a, i) => a.Path.Select(s => ($"{i + 1} {a.Part.Act}", s.Name))),
            .. p.TagActs.SelectMany((a, i) => a.Path.Select(s => ($"{i + 1} {a.Part.Act}", s.Name))),
            .. p.CacheActs.SelectMany((a, i) => a.Rules.Select(s => ($"{i + 1} {a.Part.Act}", s.Name))),
        ];

    private static IEnumerable<(string, string)> Steps(AccessPrediction access, int index) =>
        access.Path.Select(r => ($"{index + 1} {CaseText.Word(access.Access)}", r.Name));

    /// <summary>"; the kernel reported: WARNING in f", or nothing.</summary>
    internal static string Trouble(Observation o) => KernelReportRecords.Remark(KernelReportRecords.In(o));
}
