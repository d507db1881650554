using System.Globalization;
using Harness.Model.Releases;
using Harness.Protocol;

namespace Harness.Findings;

/// <summary>How a verification on a host ended.</summary>
public enum FindingStanding
{
    /// <summary>An affected release does it.</summary>
    Shown,

    /// <summary>A release after the fix doesn't do it.</summary>
    Fixed,

    /// <summary>An affected release doesn't do it: the finding, or its ranges, are wrong.</summary>
    NotShown,

    /// <summary>A release does it that shouldn't: after the fix, or before the first affected one.</summary>
    Unexpected,

    /// <summary>The host can't show it.</summary>
    NotApplicable,

    /// <summary>The host failed.</summary>
    NotRun,
}

/// <summary>A finding on a host.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="Target">The host's name.</param>
/// <param name="Release">Its kernel; null if it is not known.</param>
/// <param name="Standing">How it ended.</param>
/// <param name="Reason">In one line; empty where nothing is to be added.</param>
/// <param name="Seen">What was observed, a line for each case that ran.</param>
public sealed record FindingResult(
    Finding Finding,
    string Target,
    string? Release,
    FindingStanding Standing,
    string Reason,
    IReadOnlyList<(string Case, string Seen)> Seen
)
{
    /// <summary>The decoded evidence, one item per line, by the case's id.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Details { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>"shown", "fixed in this release".</summary>
    public string Word =>
        Standing switch
        {
            FindingStanding.Shown => "shown",
            FindingStanding.Fixed => "fixed in this release",
            FindingStanding.NotShown => "not shown",
            FindingStanding.Unexpected => "shown unexpectedly",
            FindingStanding.NotApplicable => "not applicable",
            _ => "not run",
        };
}

/// <summary>Compares what was observed on a host with what a finding states.</summary>
public static class FindingJudge
{
    public static FindingResult Judge(Finding finding, SeenHost host)
    {
        FindingResult Result(FindingStanding standing, string reason, IReadOnlyList<(string, string)>? seen = null) =>
            new(finding, host.Target, host.Release?.Name, standing, reason, seen ?? [])
            {
                Details = (seen ?? [])
                    .Where(s => host.Cases.GetValueOrDefault(s.Item1) is { Details: not null })
                    .ToDictionary(s => s.Item1, s => (IReadOnlyList<string>)host.Cases[s.Item1].Details!.Split('\n')),
            };
        if (finding.Cases.Count == 0)
            return ByHand(finding) with { Target = host.Target, Release = host.Release?.Name };
        if (host.Release is not { Flavour: Flavours.Mainline } release)
            return Result(
                FindingStanding.NotApplicable,
                $"its releases are upstream's, and this kernel is {host.Release?.Text ?? "unknown"}"
            );
        if (!finding.Hosts.Accepts(host.Attributes))
            return Result(FindingStanding.NotApplicable, $"only hosts with {finding.Hosts.Text} can show it");
        var ran = finding.Cases.Where(c => host.Cases.GetValueOrDefault(c.Case.Id) is { Ran: true }).ToList();
        if (ran.Count == 0)
            return WithoutResult(finding, host, Result);
        List<(string Case, string Seen)> seen =
        [
            .. ran.Select(c => (c.Case.Id, Observed(c, host.Cases[c.Case.Id]))),
            .. finding.Capabilities.Keys.Select(c => (Capability(c), Answer(host, c))),
        ];
        List<string> ofCases = [.. Different(ran.Select(c => (c.Case.Id, WhyNot(c, host.Cases[c.Case.Id]))))];
        List<string> ofHost = [.. Different(finding.Capabilities.Select(c => (Capability(c.Key), WhyNot(c, host))))];
        bool some = ofCases.Count < ran.Count && ofHost.Count == 0;
        return finding.Of(release.Version) switch
        {
            ReleaseStandpoint.Affected when ofCases.Count + ofHost.Count > 0 => Result(
                FindingStanding.NotShown,
                ofCases.Concat(ofHost).First(),
                seen
            ),
            ReleaseStandpoint.Affected => Result(FindingStanding.Shown, Left(finding, ran, host), seen),
            _ when some => Result(
                FindingStanding.Unexpected,
                $"{release.Name} is not among the affected releases: {string.Join(", ", finding.Affected)}",
                seen
            ),
            ReleaseStandpoint.Fixed => Result(FindingStanding.Fixed, Left(finding, ran, host), seen),
            _ => Result(
                FindingStanding.NotApplicable,
                $"{release.Name} is older than the first affected release, {finding.Affected[0].First}, and doesn't do it",
                seen
            ),
        };
    }

    private static IEnumerable<string> Different(IEnumerable<(string Of, string? Why)> compared) =>
        compared.Where(c => c.Why is not null).Select(c => $"{c.Of}: {c.Why}");

    /// <summary>The cases without an observation, with the reason of the first; empty if there are none.</summary>
    private static string Left(Finding finding, List<FindingCase> ran, SeenHost host)
    {
        var left = finding.Cases.Except(ran).Select(c => c.Case.Id).ToList();
        return left.Count == 0 ? ""
            : host.Cases.GetValueOrDefault(left[0]) is { } first
                ? $"without {string.Join(", ", left)}: {first.Verdict}: {first.Reason}"
            : $"without {string.Join(", ", left)}";
    }

    /// <summary>What was observed, with the registers that the finding is about.</summary>
    private static string Observed(FindingCase stated, SeenCase seen) =>
        string.Join("; ", stated.Registers.Keys.Select(r => $"{r.Name()}: {Held(r, seen)}").Prepend(seen.ToString()));

    /// <summary>A finding that only a program shows.</summary>
    public static FindingResult ByHand(Finding finding) =>
        new(
            finding,
            "",
            null,
            FindingStanding.NotApplicable,
            $"{finding.Program!.Name} shows it, which is compiled and run by hand",
            []
        );

    private static FindingResult WithoutResult(
        Finding finding,
        SeenHost host,
        Func<FindingStanding, string, IReadOnlyList<(string, string)>?, FindingResult> result
    )
    {
        var skipped = finding
            .Cases.Select(c => (c.Case.Id, Seen: host.Cases.GetValueOrDefault(c.Case.Id)))
            .FirstOrDefault(s => s.Seen is not null);
        return skipped.Seen is { } seen
            ? result(
                seen.Verdict == Store.Verdicts.Skip ? FindingStanding.NotApplicable : FindingStanding.NotRun,
                $"{skipped.Id}: {seen.Verdict}: {seen.Reason}",
                null
            )
            : result(FindingStanding.NotRun, "none of its cases has a result", null);
    }

    /// <summary>What is missing of what the finding states; null if nothing is.</summary>
    internal static string? WhyNot(FindingCase stated, SeenCase seen)
    {
        foreach (var pattern in stated.Seen)
            if (!pattern.Matches(seen.Observed))
                return $"expected {Words(pattern)}, observed {seen}";
        if (stated.Breaks is { } property && !seen.Broken.Contains(property))
            return $"{property} is not broken, observed {seen}";
        if (stated.Report is { } report && !seen.Reports.Contains(report))
            return $"the kernel does not report {report}, observed {seen}";
        foreach (var (register, value) in stated.Registers)
            if (!seen.Registers.Any(r => r.TryGetValue(register, out ulong held) && held == value))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"expected 0x{value:x} in {register.Name()}, observed {Held(register, seen)}"
                );
        return null;
    }

    private static string Held(GuestRegister register, SeenCase seen) =>
        string.Join(
            ", ",
            seen.Registers.Where(r => r.ContainsKey(register))
                .Select(r => string.Create(CultureInfo.InvariantCulture, $"0x{r[register]:x}"))
                .DefaultIfEmpty("nothing")
        );

    private static string? WhyNot(KeyValuePair<int, int> stated, SeenHost host) =>
        host.Capabilities.TryGetValue(stated.Key, out int answer) && answer == stated.Value
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"expected {stated.Value}, observed {Answer(host, stated.Key)}"
            );

    private static string Capability(int number) => string.Create(CultureInfo.InvariantCulture, $"capability {number}");

    private static string Answer(SeenHost host, int capability) =>
        host.Capabilities.TryGetValue(capability, out int answer)
            ? answer.ToString(CultureInfo.InvariantCulture)
            : "nothing";

    /// <summary>"read-next mapped foreign": the members that are stated.</summary>
    internal static string Words(Model.Outcomes.OutcomePattern pattern)
    {
        string?[] words =
        [
            pattern.Of is { } of ? $"{of}:" : null,
            pattern.Type,
            pattern.Errno,
            pattern.Memory,
            pattern.Write is { } write ? $"write={Flag(write)}" : null,
            pattern.Execute is { } execute ? $"execute={Flag(execute)}" : null,
            pattern.Level is { } level ? string.Create(CultureInfo.InvariantCulture, $"level {level}") : null,
            pattern.Sees is { } sees ? $"sees {sees}" : null,
            pattern.Foreign is { } foreign
                ? foreign
                    ? "memory that is not behind the address"
                    : "its memory"
                : null,
        ];
        return string.Join(' ', words.OfType<string>());
    }

    private static string Flag(bool value) => value ? "true" : "false";
}
