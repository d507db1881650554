using Harness.Model;

namespace Harness.Reproducers;

/// <summary>What a policy allows for the case on one kind of host.</summary>
/// <param name="Where">"on a CPU with FWB", "on fwb, 7.2.12-arm64 (FWB, DIC, VHE)".</param>
/// <param name="Host">The kind of host; one of them if several are alike.</param>
/// <param name="Prediction">What is allowed there.</param>
public sealed record Expectation(string Where, HostFacts Host, Prediction Prediction)
{
    /// <summary>
    /// What the architecture lets the guest observe of its operation; null for a guest without its own tables.
    /// </summary>
    public static GuestExpectation? OfGuest(Case c, HostFacts host, Prediction prediction) =>
        c is GuestCase guest
        && prediction.Accesses.Count == guest.Accesses.Count
        && prediction.Accesses[^1].Outcome is { Kind: OutcomeKind.Mapped } last
            ? GuestExpectation.Of(new GuestView(guest.StageOne, last.Leaf, host.Fwb), guest.Use.Operation)
            : null;
}
