using Harness.Protocol;
using Harness.Runs.Readiness;

namespace Harness.Cli.Actions.Checking;

/// <summary>The checklist for programs: one object; docs/lab-hosts.md has its members.</summary>
internal sealed record CheckJson
{
    public required string Target { get; init; }

    /// <summary>"ready", "limited" or "not-ready".</summary>
    public required string Standing { get; init; }

    public required string? Release { get; init; }

    public required string? Policy { get; init; }

    public required string? ReleaseStanding { get; init; }

    public required string? Suite { get; init; }

    public required string? Filter { get; init; }

    public required CheckCount Cases { get; init; }

    public required CheckCount Runnable { get; init; }

    public required CheckCount Outside { get; init; }

    public required IReadOnlyList<CheckMissing> Missing { get; init; }

    /// <summary>Sentences for its owner.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public Fields? Facts { get; init; }

    public static CheckJson Of(
        CheckRequest request,
        HostReadiness readiness,
        IReadOnlyList<CheckLine> lines,
        IReadOnlyList<string> notes,
        Fields? facts
    ) =>
        new()
        {
            Target = request.Target.Name,
            Standing = Word(readiness.Standing),
            Release = readiness.Profile.Release,
            Policy = readiness.Profile.Choice?.Policy?.Name,
            ReleaseStanding = readiness.Profile.Choice?.Standing.ToString().ToLowerInvariant(),
            Suite = request.Suite,
            Filter = request.Filter,
            Cases = Count(readiness.Total),
            Runnable = Count(readiness.Runnable),
            Outside = Count(readiness.Outside),
            Missing = [.. lines.Select(CheckMissing.Of)],
            Notes = notes,
            Facts = facts,
        };

    internal static CheckCount Count(CaseCount count) => new(count.Suite, count.All);

    private static string Word(HostStanding standing) =>
        standing switch
        {
            HostStanding.Ready => "ready",
            HostStanding.Limited => "limited",
            _ => "not-ready",
        };
}

internal sealed record CheckCount(int Suite, int All);

internal sealed record CheckMissing(
    string Part,
    string Lacks,
    string Costs,
    CheckCount? Skipped,
    string? Command,
    string? Advice
)
{
    public static CheckMissing Of(CheckLine line) =>
        new(
            line.Part,
            line.Lacks,
            line.Costs,
            line.Cases is { } cases ? CheckJson.Count(cases) : null,
            line.Mend?.Command,
            line.Mend?.Advice
        );
}
