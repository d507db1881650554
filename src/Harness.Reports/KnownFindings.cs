using Harness.Store;

namespace Harness.Reports;

/// <summary>The findings that are known to break a safety property.</summary>
/// <param name="that">Their names, by property and some upstream releases.</param>
public sealed class KnownFindings(Func<string, IReadOnlyList<string>, IReadOnlyList<string>> that)
{
    public static KnownFindings None { get; } = new((_, _) => []);

    /// <summary>Those that break a property on a release of one of the hosts that broke it.</summary>
    public IReadOnlyList<string> Of(RunSummary run, BrokenProperty property) =>
        that(
            property.Name,
            [
                .. run
                    .Hosts.Where(h => property.Targets.Contains(h.Host.Target))
                    .Select(h => h.Host.UpstreamRelease)
                    .OfType<string>(),
            ]
        );
}
