using Harness.Model;
using Harness.Model.Safety;

namespace Harness.Analysis.Audits;

/// <summary>The points of one policy that break one property and end alike, by their plainest.</summary>
/// <param name="Ending">How they end: the rule that refuses, or the memory type that is given.</param>
/// <param name="Points">How many there are; for a property of pairs, pairs.</param>
/// <param name="Case">The plainest case.</param>
/// <param name="Host">The host, or the one the VM leaves.</param>
/// <param name="Other">The host the VM comes to, for a property of pairs.</param>
/// <param name="OnHost">What the policy decides there.</param>
/// <param name="OnOther">What it decides on the other host, or null.</param>
public sealed record Breach(
    string Ending,
    int Points,
    AttributeCase Case,
    HostFacts Host,
    HostFacts? Other,
    Prediction OnHost,
    Prediction? OnOther
)
{
    /// <summary>
    /// The example in words: "pfnmap:unknown:wb:shared vma=rw slot=none read; no FWB, no DIC: registered; ...".
    /// </summary>
    public override string ToString() =>
        Other is null
            ? $"{Case.Key}: with {Host.Features}, {OnHost}"
            : $"{Case.Key}: from {Host.Features}, {OnHost}, to {Other.Features}, {OnOther}";
}

/// <summary>Whether one policy has one property.</summary>
/// <param name="Property">The property.</param>
/// <param name="Breaches">What breaks it, the plainest first; empty where it holds.</param>
public sealed record PropertyResult(SafetyProperty Property, IReadOnlyList<Breach> Breaches)
{
    public bool Holds => Breaches.Count == 0;

    public int Points => Breaches.Sum(b => b.Points);
}

/// <summary>One policy against every property, over the whole input space.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Points">Size of the space: cases times hosts.</param>
/// <param name="Results">One for each property.</param>
public sealed record PolicyAudit(Policy Policy, int Points, IReadOnlyList<PropertyResult> Results)
{
    public PropertyResult Of(SafetyProperty property) => Results.Single(r => r.Property == property);
}
