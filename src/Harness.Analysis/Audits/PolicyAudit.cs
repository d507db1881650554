using Harness.Model;
using Harness.Model.Safety;

namespace Harness.Analysis.Audits;

/// <summary>The points of one policy that violate one property and end alike, with the simplest example.</summary>
/// <param name="Ending">How they end: the rule that refuses, or the resulting memory type.</param>
/// <param name="Points">How many there are; for a property of pairs, pairs.</param>
/// <param name="Case">The simplest case.</param>
/// <param name="Host">The host, or the source of the VM.</param>
/// <param name="Other">The destination of the VM, for a property of pairs.</param>
/// <param name="OnHost">The policy's decision there.</param>
/// <param name="OnOther">Its decision on the other host, or null.</param>
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
    /// The example as text: "pfnmap:unknown:wb:shared vma=rw slot=none read; no FWB, no DIC: registered; ...".
    /// </summary>
    public override string ToString() =>
        Other is null
            ? $"{Case.Key}: with {Host.Features}, {OnHost}"
            : $"{Case.Key}: from {Host.Features}, {OnHost}, to {Other.Features}, {OnOther}";
}

/// <summary>The result of one property for one policy.</summary>
/// <param name="Property">The property.</param>
/// <param name="Breaches">The violations, the simplest first; empty if it holds.</param>
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
