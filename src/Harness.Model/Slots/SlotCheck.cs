using Harness.Model.Outcomes;

namespace Harness.Model.Slots;

public delegate bool SlotGuard(SlotCall call, SlotTable slots);

/// <summary>One check of a call's arguments. The first with a true guard decides what the call returns.</summary>
/// <param name="Name">Unique among the checks.</param>
/// <param name="When">The guard.</param>
/// <param name="Own">
/// What it returns, and why. Null: the policy has a rule of that name for its other cases, too, and that rule says
/// both.
/// </param>
public sealed record SlotCheck(string Name, SlotGuard When, SlotStatement? Own = null);

/// <summary>A check that no other case depends on.</summary>
/// <param name="Errno">What the call returns.</param>
public sealed record SlotStatement(string Name, Source Source, string Says, Errno Errno)
    : Statement(Name, Source, Says);

/// <summary>What one call returns by a policy.</summary>
/// <param name="Call">The call.</param>
/// <param name="Errno">What it returns.</param>
/// <param name="By">What decided.</param>
public sealed record SlotCallPrediction(SlotCall Call, Errno Errno, Statement By)
{
    public SlotCallPart Part { get; } = new(Call.Name, Errno);
}
