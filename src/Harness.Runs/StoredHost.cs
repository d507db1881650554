using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// A host of a stored run: its profile, and the results of its cases, whatever policy they were judged by.
/// </summary>
/// <param name="Target">Its name.</param>
/// <param name="Profile">Its profile.</param>
/// <param name="Seen">The cases with a verdict about the kernel.</param>
/// <param name="Unread">How many were stored by another version of the harness, or can't be read any more.</param>
public sealed record StoredHost(
    string Target,
    HostProfile Profile,
    IReadOnlyList<(Case Case, ObservedCase Did)> Seen,
    int Unread
)
{
    /// <exception cref="UnusableFactsException">The host has no stored facts, or they can't be used.</exception>
    public static StoredHost Read(ResultStore store, HostSummary host)
    {
        string facts = host.Host.Facts
            ?? throw new UnusableFactsException(
                $"target '{host.Host.Target}' returned no facts in that run: {host.Reason ?? host.State}"
            );
        var profile = FactsReader.Read(Messages.ReadFields(facts));
        if (profile.Possible.Count > 1)
            throw new UnusableFactsException(
                "a host of which not everything is known fits too many policies: "
                    + string.Join("; ", profile.Facts.Where(f => f.Value is null))
            );
        var reader = new ObservationReader(profile.Decoding);
        var seen = new List<(Case, ObservedCase)>();
        int unread = 0;
        foreach (
            var stored in store
                .LastObservations(host.Id)
                .Where(o =>
                    o.Verdict
                        is Verdicts.Match
                            or Verdicts.Mismatch
                            or Verdicts.Erratum
                            or Verdicts.Disagreement
                            or Verdicts.Known
                            or Verdicts.Unverified
                )
        )
        {
            try
            {
                // The host's facts have the capabilities.
                if (AllCases.WithKey(stored.Title) is CapabilityCase)
                    continue;
                if (AllCases.WithKey(stored.Title) is { } c)
                    seen.Add(
                        (
                            c,
                            reader.Read(
                                CaseCompiler.Compile(c, profile.Abilities),
                                StoredJson.ReadObservation(stored.Observation)
                            )
                        )
                    );
                else
                    unread++;
            }
            catch (Exception e) when (e is FormatException or UnreadableObservationException)
            {
                unread++;
            }
        }
        return new StoredHost(host.Host.Target, profile, seen, unread);
    }
}
