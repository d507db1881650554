using System.Globalization;
using Harness.Cases;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Readiness;

namespace Harness.Cli.Actions.Checking;

/// <summary>What a host lacks, with what each costs and what mends it.</summary>
internal static class CheckLines
{
    /// <param name="readiness">How many cases it can run.</param>
    /// <param name="facts">As the probe read them.</param>
    /// <param name="mends">What mends what is missing.</param>
    public static IReadOnlyList<CheckLine> Of(HostReadiness readiness, Fields facts, Mends mends) =>
        readiness.Blocked is { } blocked
            ? [Blocked(readiness, blocked, mends)]
            :
            [
                .. readiness.Skipped.Select(s => Skipped(s, readiness, mends)),
                .. Unknown(readiness, mends),
                .. Evidence(readiness, facts, mends),
                .. Unread(readiness.Profile),
            ];

    private static CheckLine Blocked(HostReadiness readiness, string why, Mends mends) =>
        new(
            readiness.Profile.NoKvmReason is null ? "policy" : "kvm",
            why,
            "every case is skipped",
            readiness.Total,
            readiness.Profile.NoKvmReason is null ? mends.Policy() : mends.Kvm()
        );

    private static CheckLine Skipped(SkippedCases skipped, HostReadiness readiness, Mends mends) =>
        new(
            Word(skipped.Part),
            skipped.Reason,
            skipped.Part == HostPart.Exporter
                ? $"{Count(skipped.Cases, readiness)} are skipped, with memory of drivers; no descriptor of stage 2 is read"
                : $"{Count(skipped.Cases, readiness)} are skipped",
            skipped.Cases,
            mends.Of(skipped.Part)
        );

    private static IEnumerable<CheckLine> Unknown(HostReadiness readiness, Mends mends)
    {
        if (readiness.Unknown.All == 0)
            yield break;
        string facts = string.Join("; ", readiness.Profile.Facts.Where(f => f.Value is null).Select(f => f.ToString()));
        yield return new CheckLine(
            "facts",
            facts,
            $"{Count(readiness.Unknown, readiness)} are skipped, since the kernel decides by it",
            readiness.Unknown,
            mends.IsRoot
                ? new Mend(
                    null,
                    "boot it again, so that its log is whole, or load the exporter module: both are sources of it"
                )
                : mends.AsRoot()
        );
    }

    private static IEnumerable<CheckLine> Evidence(HostReadiness readiness, Fields facts, Mends mends)
    {
        var abilities = readiness.Profile.Abilities;
        if (abilities is { Exporter: true, Descriptor: false })
            yield return new CheckLine(
                "descriptor",
                "the exporter module can't read stage 2 there (protected mode: it is the hypervisor's)",
                $"the verdicts of {Count(readiness.WithAccesses, readiness)} have weaker evidence",
                null,
                null
            );
        if (!abilities.Trace)
            yield return new CheckLine(
                "trace",
                $"tracefs: {facts.Inner("trace").TextOrNull("why") ?? "it can't be used"}",
                abilities.Descriptor
                    ? "the arguments of KVM's mapping function are not seen beside the descriptor"
                    : $"the verdicts of {Count(readiness.WithAccesses, readiness)} rest on what the guest reads, the exit and errno alone",
                null,
                mends.Tracefs()
            );
        if (facts.Inner("kmsg").Integer("errno", 0) is not 0 and var errno)
            yield return new CheckLine(
                "kernel-log",
                $"/dev/kmsg can't be read: errno {errno}",
                "a warning or an Oops that the kernel logs during a case is not in its verdict",
                null,
                mends.AsRoot()
            );
    }

    private static IEnumerable<CheckLine> Unread(HostProfile profile)
    {
        if (profile.Choice is { Unverified: true } choice)
            yield return new CheckLine(
                "release",
                $"{choice.Reason}; the nearest that was is {choice.Nearest ?? choice.Policy?.Name}",
                "what deviates there is 'unverified', not a mismatch",
                null,
                new Mend(null, "read what changed: docs/releases.md")
            );
    }

    /// <summary>"130 of 200 cases (51,034 of all 53,743)".</summary>
    private static string Count(CaseCount part, HostReadiness readiness) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{part.Suite:N0} of {readiness.Total.Suite:N0} cases ({part.All:N0} of all {readiness.Total.All:N0})"
        );

    /// <summary>"udma-buf" for <see cref="HostPart.UdmaBuf"/>.</summary>
    private static string Word(HostPart part) =>
        string.Concat(
            part.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : $"{c}")
        );
}
