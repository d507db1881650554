using Harness.Model.Aborts;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model;

/// <summary>
/// What a policy has beside its rules, for cases of other kinds than a slot and accesses to its page.
/// </summary>
/// <param name="Ownership">See <see cref="Policy.Ownership"/>.</param>
internal sealed record OtherRules(Machine Ownership)
{
    public SlotChecks SlotChecks { get; init; } = SlotChecks.V6_1;

    public TrackingRules Tracking { get; init; } = TrackingRules.V6_1;

    public MemoryRules Memory { get; init; } = MemoryRules.V6_1;

    public AbortRules Aborts { get; init; } = AbortRules.V6_1;

    public TagRules Tags { get; init; } = TagRules.V6_1;

    public NestedRules? Nested { get; init; }
}
