using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Known;
using Harness.Store;

namespace Harness.Findings;

/// <summary>A host of a stored run, as far as findings are concerned with it.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Release">Its kernel.</param>
/// <param name="Attributes">Those of <see cref="KnownDifference.HostKeys"/>.</param>
/// <param name="Capabilities">What KVM_CHECK_EXTENSION returned on a VM.</param>
/// <param name="Cases">Its results, by the case's id.</param>
public sealed record SeenHost(
    string Target,
    KernelRelease? Release,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<int, int> Capabilities,
    IReadOnlyDictionary<string, SeenCase> Cases
)
{
    /// <param name="store">The run's store.</param>
    /// <param name="host">A host of it.</param>
    /// <param name="cases">The ids to read.</param>
    /// <returns>Null if the host returned no facts that can be used.</returns>
    public static SeenHost? Read(ResultStore store, HostSummary host, IReadOnlySet<string> cases)
    {
        if (host.Host.Facts is null)
            return null;
        HostProfile profile;
        try
        {
            profile = FactsReader.Read(Messages.ReadFields(host.Host.Facts));
        }
        catch (UnusableFactsException)
        {
            return null;
        }
        var broken = store.BrokenProperties(host.Id);
        var seen = new Dictionary<string, SeenCase>();
        store.ForEachResult(host.Id, null, row =>
        {
            if (cases.Contains(row.CaseId))
                seen[row.CaseId] = new SeenCase(row.Verdict, row.Reason, CaseOutcome.ParseOrNull(row.ObservedJson))
                {
                    Broken = [.. broken[row.CaseId]],
                    Details = row.Details,
                    Evidence = row.Evidence,
                    Run = row.Run,
                };
        });
        return new SeenHost(
            host.Host.Target,
            KernelRelease.TryParse(profile.Release, profile.Build),
            KnownDifference.Attributes(
                host.Host.Target,
                profile,
                PolicyCatalog.All.FirstOrDefault(p => p.Name == host.Host.Policy) ?? PolicyCatalog.Newest
            ),
            profile.VmCapabilities,
            seen.ToDictionary(
                s => s.Key,
                s =>
                    s.Value with
                    {
                        Reports = [.. store.KernelReports(host.Id, s.Key).Select(r => r.Title)],
                        Registers = Registers(store.Observations(host.Id, s.Key)),
                    }
            )
        );
    }

    /// <summary>What the last attempt left in the guest's registers, each time that they were read.</summary>
    private static IReadOnlyList<IReadOnlyDictionary<GuestRegister, ulong>> Registers(IReadOnlyList<string> attempts)
    {
        try
        {
            return attempts is [.., var last]
                ?
                [
                    .. StoredJson
                        .ReadObservation(last)
                        .Steps.OfType<GetRegistersResult>()
                        .Select(r => r.Registers)
                        .OfType<IReadOnlyDictionary<GuestRegister, ulong>>(),
                ]
                : [];
        }
        catch (FormatException)
        {
            return [];
        }
    }
}

/// <summary>The result of a case on a host.</summary>
/// <param name="Verdict">One of <see cref="Verdicts"/>.</param>
/// <param name="Reason">Why, in one line; null for a match.</param>
/// <param name="Observed">Null if nothing was observed.</param>
public sealed record SeenCase(string Verdict, string? Reason, CaseOutcome? Observed)
{
    /// <summary>The names of the safety properties that the observation violates.</summary>
    public IReadOnlyList<string> Broken { get; init; } = [];

    /// <summary>The titles of what the kernel reported.</summary>
    public IReadOnlyList<string> Reports { get; init; } = [];

    public IReadOnlyList<IReadOnlyDictionary<GuestRegister, ulong>> Registers { get; init; } = [];

    public IReadOnlyList<string> Evidence { get; init; } = [];

    /// <summary>The decoded evidence, one item per line; or null.</summary>
    public string? Details { get; init; }

    /// <summary>The run's id.</summary>
    public string Run { get; init; } = "";

    /// <summary>Something was observed of the kernel.</summary>
    public bool Ran =>
        Verdict
            is not (
                Verdicts.Skip
                or Verdicts.Infrastructure
                or Verdicts.ProbeError
                or Verdicts.Planned
                or Verdicts.OutsideModel
            );

    public override string ToString() =>
        string.Join(
            "; ",
            new[] { Observed?.ToString() ?? $"{Verdict}: {Reason}" }.Concat(Reports.Select(r => $"logged: {r}"))
        );
}
