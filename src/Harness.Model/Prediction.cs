using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model;

/// <summary>What a policy allows for one access.</summary>
/// <param name="Access">The access.</param>
/// <param name="Outcome">How it ends.</param>
/// <param name="Path">The rules on the path, in order; empty if no fault is taken.</param>
public sealed record AccessPrediction(Access Access, Outcome Outcome, IReadOnlyList<Rule> Path);

/// <summary>What a policy allows for the change that userspace makes.</summary>
/// <param name="Change">The change.</param>
/// <param name="Errno">What it returns.</param>
/// <param name="Left">What maps the page after it, if anything does.</param>
/// <param name="Path">The rules on the path, in order.</param>
public sealed record ChangePrediction(LiveChange Change, Errno Errno, Outcome Left, IReadOnlyList<Rule> Path)
{
    public ChangePart Part => new(CaseText.Word(Change), Errno, Left);

    public override string ToString() => $"{Part.Of}: {OutcomeText.Of(Part)}";
}

/// <summary>What KVM_CHECK_EXTENSION returns by a policy.</summary>
/// <param name="Of">The capability.</param>
/// <param name="OnSystem">The value for /dev/kvm; an errno is negative.</param>
/// <param name="OnVm">The value for an ordinary VM.</param>
public sealed record CapabilityPrediction(Capability Of, int OnSystem, int OnVm)
{
    public IReadOnlyList<OutcomePart> Parts =>
        [new CapabilityPart(OnVm: false, OnSystem), new CapabilityPart(OnVm: true, OnVm)];
}

/// <summary>What a policy allows for a case on a host.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Outside">Why the case is outside the model; null if it is not.</param>
/// <param name="Registration">What KVM_SET_USER_MEMORY_REGION returns.</param>
/// <param name="RegistrationPath">The rules on its path.</param>
/// <param name="Accesses">
/// One for each access up to the first that ends the case; empty if registration is refused.
/// </param>
public sealed record Prediction(
    string Policy,
    string? Outside,
    Errno Registration,
    IReadOnlyList<Rule> RegistrationPath,
    IReadOnlyList<AccessPrediction> Accesses
)
{
    /// <summary>
    /// The change that userspace makes after the first access; null if it makes none, or the guest doesn't get that
    /// far.
    /// </summary>
    public ChangePrediction? Change { get; init; }

    /// <summary>
    /// The results of the operations of a lifecycle, up to the first that can't be done any more; empty for other
    /// cases.
    /// </summary>
    public IReadOnlyList<Step> Operations { get; init; } = [];

    /// <summary>The results of a program's steps, as far as its guest gets; empty for other cases.</summary>
    public IReadOnlyList<StepPrediction> Program { get; init; } = [];

    /// <summary>The capability, and its values for /dev/kvm and for a VM; null for other cases.</summary>
    public CapabilityPrediction? Capability { get; init; }

    /// <summary>What each call of a <see cref="SlotCallsCase"/> returns; empty for other cases.</summary>
    public IReadOnlyList<SlotCallPrediction> SlotCalls { get; init; } = [];

    /// <summary>What each act of an <see cref="AbortCase"/> does; empty for other cases.</summary>
    public IReadOnlyList<AbortPrediction> AbortActs { get; init; } = [];

    /// <summary>What each act of a <see cref="RingCase"/> does; empty for other cases.</summary>
    public IReadOnlyList<RingPrediction> RingActs { get; init; } = [];

    /// <summary>What each act of a <see cref="TagCase"/> does; empty for other cases.</summary>
    public IReadOnlyList<TagPrediction> TagActs { get; init; } = [];

    /// <summary>What each act of a <see cref="NestedCase"/> does; empty for other cases.</summary>
    public IReadOnlyList<NestedPrediction> NestedActs { get; init; } = [];

    /// <summary>
    /// What the calls return of a case that has no slot under test, and what its acts do; empty for other cases.
    /// </summary>
    public IReadOnlyList<OutcomePart> Calls =>
        Capability?.Parts
        ??
        [
            .. SlotCalls.Select(c => c.Part),
            .. AbortActs.Select(a => a.Part),
            .. TagActs.Select(a => a.Part),
            .. RingActs.Select(a => a.Part),
            .. NestedActs.Select(a => a.Part),
        ];

    /// <summary>The results of the acts of a case about caches; empty for other cases.</summary>
    public IReadOnlyList<CacheActPrediction> CacheActs { get; init; } = [];

    /// <summary>What is allowed on a machine without caches, as an emulator is one.</summary>
    public Prediction WithoutCaches => this with { CacheActs = [.. CacheActs.Select(a => a.WithoutCaches)] };

    /// <summary>All rules and transitions on the path, in order, with repetitions.</summary>
    public IEnumerable<Statement> Statements =>
        [
            .. RegistrationPath,
            // Userspace's change comes after the first access.
            .. Accesses.Take(1).SelectMany(a => a.Path),
            .. Change?.Path ?? [],
            .. Accesses.Skip(1).SelectMany(a => a.Path),
            .. Operations.Select(a => a.By),
            .. Program.SelectMany(a => a.Path),
            .. SlotCalls.Select(c => c.By),
            .. AbortActs.SelectMany(a => a.Path),
            .. TagActs.SelectMany(a => a.Path),
            .. RingActs.SelectMany(a => a.Path),
            .. NestedActs.SelectMany(a => a.Path),
            .. CacheActs.SelectMany(a => a.Rules),
            .. Capability is null ? Array.Empty<Statement>() : [Capability.Of.Statement],
        ];

    /// <summary>
    /// The last rule on the path, which the case is evidence for. A case outside the model has none.
    /// </summary>
    public Statement Deciding =>
        Capability is not null ? Capability.Of.Statement
        : Operations.Count > 0 ? Operations[^1].By
        : SlotCalls.Count > 0 ? SlotCalls[^1].By
        : AbortActs.Count > 0 ? AbortActs[^1].By
        : TagActs.Count > 0 ? TagActs[^1].By
        : RingActs.Count > 0 ? RingActs[^1].By
        : NestedActs.Count > 0 ? NestedActs[^1].By
        : Registration != Errno.None ? RegistrationPath[^1]
        : CacheActs.SelectMany(a => a.Rules).LastOrDefault() is { } last ? last
        : Program.LastOrDefault(a => a.Path.Count > 0) is { } step ? step.Path[^1]
        : (Accesses.LastOrDefault(a => a.Path.Count > 0)?.Path ?? RegistrationPath)[^1];

    /// <summary>The prediction as one value.</summary>
    public CaseOutcome Outcome =>
        Outside is not null ? new OutsideOutcome(Outside)
        : Calls.Count > 0 ? new PartsOutcome(Calls)
        : Operations.Count > 0
            ? new PartsOutcome([.. Operations.Select(a => new OperationPart(a.Operation, a.Outcome))])
        : Registration != Errno.None ? new PartsOutcome([new RegistrationPart(Registration)])
        : new PartsOutcome([
            new RegistrationPart(Errno.None),
            .. Program.Select(a => a.Part),
            .. CacheActs.Select(a => a.Part),
            .. AccessParts.Take(1),
            .. ChangeParts,
            .. AccessParts.Skip(1),
        ]);

    /// <summary>"registered; read: mapped Normal-WB r--; write: mapped Normal-WB rw-".</summary>
    public override string ToString() => Outcome.ToString();

    private IEnumerable<OutcomePart> AccessParts => Accesses.Select(a => new AccessPart(a.Access, a.Outcome));

    private IEnumerable<OutcomePart> ChangeParts => Change is null ? [] : [Change.Part];
}
