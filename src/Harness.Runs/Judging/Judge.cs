using Harness.Model;
using Harness.Wire;

namespace Harness.Runs.Judging;

/// <summary>Compares what a host did with what a policy allows. Knows no transport.</summary>
/// <param name="policy">The policy under which the host is judged.</param>
/// <param name="host">The host's facts.</param>
/// <param name="decoding">How to read the host's evidence.</param>
public sealed class Judge(Policy policy, HostFacts host, Decoding decoding)
{
    private static readonly string[] KernelTrouble =
        ["Oops", "BUG:", "WARNING:", "Unable to handle kernel", "Internal error", "Call trace:", "kernel BUG"];

    private const int Unsupported = 95; // EOPNOTSUPP: stage2_exporter.h says when

    private static readonly HashSet<int> Shortage = [12, 23, 24, 28]; // ENOMEM, ENFILE, EMFILE, ENOSPC

    private readonly ObservationReader _reader = new(decoding);

    public Policy Policy => policy;

    /// <summary>What the host runs on, for errata.</summary>
    public Platform Platform { get; init; } = Platform.Unknown;

    public Prediction Predict(Case c) => policy.Predict(host, c);

    /// <summary>The verdict before any run, for a case that can't or needn't be run there; else null.</summary>
    public Verdict? BeforeRun(Case c, string? whyNotRunnable)
    {
        var prediction = Predict(c);
        return prediction.Outside is { } outside ? Without(VerdictKind.OutsideModel, Culprit.Model, outside, prediction)
            : whyNotRunnable is not null ? Without(VerdictKind.Skip, Culprit.Platform, whyNotRunnable, prediction)
            : null;
    }

    /// <summary>A verdict for a case of which nothing was seen.</summary>
    public Verdict Lost(Case c, string reason) =>
        Without(VerdictKind.Infrastructure, Culprit.Infrastructure, reason, Predict(c));

    public Verdict Decide(Case c, Observation observation)
    {
        var prediction = Predict(c);
        string log = Trouble(observation);
        switch (observation.End)
        {
            case ObservationEnd.Hang:
                return Without(VerdictKind.Hang, Culprit.Probe, $"deadline passed: {observation.Detail}{log}", prediction);
            case ObservationEnd.Crash:
                return Without(VerdictKind.Crash, log.Length > 0 ? Culprit.Kernel : Culprit.Probe,
                    $"{observation.Detail}{log}", prediction);
            case ObservationEnd.ProbeError:
                return Without(VerdictKind.ProbeError, Culprit.Probe, $"{observation.Detail}{log}", prediction);
            case ObservationEnd.SetupFailed when observation.Steps.Count > 0 && observation.Steps[^1] is { Op: "export", Errno: Unsupported }:
                return Without(VerdictKind.Skip, Culprit.Platform, "needs VM_ALLOW_ANY_UNCACHED, which the kernel there doesn't have (6.9 and later do)", prediction);
            case ObservationEnd.SetupFailed:
                return Without(VerdictKind.ProbeError,
                    observation.Steps.Count > 0 && Shortage.Contains(observation.Steps[^1].Errno) ? Culprit.Platform : Culprit.Probe,
                    $"set-up failed: {observation.Detail}{log}", prediction);
        }
        ObservedCase observed;
        try
        {
            observed = _reader.Read(c, observation);
        }
        catch (Exception e) when (e is UnreadableObservationException or FormatException)
        {
            return Without(VerdictKind.ProbeError, Culprit.Probe, $"{e.Message}{log}", prediction);
        }
        var guest = GuestEvidence.Of(c, observed, prediction, decoding.Fwb);
        if (guest is not null)
        {
            observed = guest.Settle(observed);
            if (observed.Agrees(prediction) && guest.Judge(Platform, log) is { } words)
                return new Verdict(words.Kind, words.Culprit, words.Reason, Deciding(prediction).Name,
                    $"{prediction}; guest: {guest.Expectation}", observed.ToString(), observed.Details, observed.Levels);
        }
        if (observed.Agrees(prediction))
            return new Verdict(VerdictKind.Match, Culprit.None, log.TrimStart(' ', ';'), Deciding(prediction).Name,
                prediction.ToString(), observed.ToString(), observed.Details, observed.Levels);
        if (ObservationReader.TimedOut(observation))
            return Without(VerdictKind.Hang, Culprit.Kernel,
                $"the guest made no progress within {Cases.CaseLayout.RunTimeoutMs} ms{log}", prediction);

        var rule = Contradiction.Find(policy, host, c, observed.Agrees, observed.Registration != Errno.None);
        return new Verdict(VerdictKind.Mismatch, Culprit.Kernel,
            $"contradicts {policy.Name}: {rule.Says}{log}", rule.Name, prediction.ToString(), observed.ToString(), observed.Details, observed.Levels);
    }

    /// <summary>The rule that had the last word: what the case is evidence for.</summary>
    public static Rule Deciding(Prediction p)
    {
        if (p.Registration != Errno.None)
            return p.RegistrationPath[^1];
        var path = p.Accesses.LastOrDefault(a => a.Path.Count > 0)?.Path ?? p.RegistrationPath;
        return path[^1];
    }

    private static Verdict Without(VerdictKind kind, Culprit culprit, string reason, Prediction p) =>
        new(kind, culprit, reason, p.Outside is null ? Deciding(p).Name : "", p.ToString(), "", [], []);

    private static string Trouble(Observation o)
    {
        string? line = o.KernelLog.FirstOrDefault(l => KernelTrouble.Any(t => l.Contains(t, StringComparison.Ordinal)));
        return line is null ? "" : $"; the kernel logged: {line}";
    }
}
