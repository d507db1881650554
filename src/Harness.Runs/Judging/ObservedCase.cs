using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Outcomes;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Runs.Judging;

/// <summary>What one access did, as far as there is evidence.</summary>
/// <param name="Access">The access.</param>
/// <param name="Outcome">Its outcome; the leaf is only valid with <paramref name="LeafFrom"/>.</param>
/// <param name="LeafFrom">The source of the leaf, or null if it could not be read.</param>
/// <param name="Descriptor">The descriptor, if it was read.</param>
public sealed record ObservedAccess(Access Access, Outcome Outcome, Evidence? LeafFrom, StageTwoDescriptor? Descriptor)
{
    /// <summary>What the guest observed of its operation, if this access was one.</summary>
    public GuestObservation? Sight { get; init; }

    /// <summary>
    /// The leaf that the traced call requested, where the descriptor is another one: KVM encoded it wrongly, or the
    /// probe read one of them wrongly.
    /// </summary>
    public Leaf? Requested { get; init; }

    /// <summary>
    /// The physical addresses of the guest's page and of the process's, where they are not the same; else null.
    /// </summary>
    public (ulong Guest, ulong Process)? Elsewhere { get; init; }

    /// <summary>The outcome; null if it was mapped, and the leaf is unknown.</summary>
    public Outcome? Seen => LeafFrom is null && Outcome.Kind == OutcomeKind.Mapped ? null : Outcome;

    public bool Agrees(Outcome predicted) =>
        LeafFrom is null && Outcome.Kind == OutcomeKind.Mapped
            ? predicted.Kind == OutcomeKind.Mapped && predicted.AllowsContent(Outcome)
            : predicted.Allows(Outcome);

    /// <summary>
    /// Whether both ended alike with the same leaf, as far as both have evidence: no address is compared.
    /// </summary>
    public bool SameAs(ObservedAccess other) =>
        Access == other.Access
        && Outcome.Kind == other.Outcome.Kind
        && Outcome.Errno == other.Outcome.Errno
        && Outcome.Text == other.Outcome.Text
        && Outcome.ReportsFault == other.Outcome.ReportsFault
        && Outcome.Foreign == other.Outcome.Foreign
        && (LeafFrom is null || other.LeafFrom is null || Outcome.Leaf == other.Outcome.Leaf);

    public AccessPart Part =>
        new(
            Access,
            Outcome,
            LeafFrom is not null || Outcome.Kind != OutcomeKind.Mapped,
            Sight is { } sight ? GuestPart.Of(sight) : null
        );

    public override string ToString() => $"{Part.Of}: {OutcomeText.Of(Part)}";
}

/// <summary>What userspace's change did, as far as there is evidence.</summary>
/// <param name="Change">The change.</param>
/// <param name="Errno">What it returned.</param>
/// <param name="Left">What maps the page after it, or null if that could not be read.</param>
/// <param name="Descriptor">The descriptor, if there is one.</param>
public sealed record ObservedChange(LiveChange Change, Errno Errno, Outcome? Left, StageTwoDescriptor? Descriptor)
{
    /// <summary>Whether the results are the same, as far as both have evidence.</summary>
    public bool SameAs(ObservedChange other) =>
        Change == other.Change && Errno == other.Errno && (Left is null || other.Left is null || Left == other.Left);

    public bool Agrees(ChangePrediction predicted) =>
        Errno == predicted.Errno && (Left is not { } left || predicted.Left.Allows(left));

    public ChangePart Part => new(CaseText.Word(Change), Errno, Left);

    public override string ToString() => $"{Part.Of}: {OutcomeText.Of(Part)}";
}

/// <summary>What a case did, decoded from a raw observation.</summary>
/// <param name="Registration">What KVM_SET_USER_MEMORY_REGION returned for the tested slot.</param>
/// <param name="Accesses">The accesses that were made.</param>
public sealed record ObservedCase(Errno Registration, IReadOnlyList<ObservedAccess> Accesses)
{
    /// <summary>The result of the change after the first access; null if none was made.</summary>
    public ObservedChange? Change { get; init; }

    /// <summary>The results of the operations of a lifecycle, as far as its guests got.</summary>
    public IReadOnlyList<ObservedOperation> Operations { get; init; } = [];

    /// <summary>The results of the steps of a program, as far as its guest got.</summary>
    public IReadOnlyList<ProgramPart> Program { get; init; } = [];

    /// <summary>The results of the acts of a case about caches.</summary>
    public IReadOnlyList<CachePart> CacheActs { get; init; } = [];

    /// <summary>The descriptors that were read in a program, or in a case about caches or aborts.</summary>
    public IReadOnlyList<ReadDescriptor> OfProgram { get; init; } = [];

    /// <summary>
    /// What the calls of a case returned that has no slot under test, and what its acts did; empty for other cases.
    /// </summary>
    public IReadOnlyList<OutcomePart> Calls { get; init; } = [];

    /// <summary>What still existed after everything was closed: "1 vms"; null if nothing did.</summary>
    public string? Left { get; init; }

    public bool Agrees(Prediction p) =>
        p.Outside is null
        && Left is null
        && Calls.Count == p.Calls.Count
        && Calls.Zip(p.Calls).All(pair => pair.Second.Allows(pair.First))
        && p.Operations.Count == Operations.Count
        && Operations.Zip(p.Operations).All(pair => pair.First.Agrees(pair.Second))
        && (Change is null ? p.Change is null : p.Change is not null && Change.Agrees(p.Change))
        && p.Registration == Registration
        && p.Program.Count == Program.Count
        && p.Program.Zip(Program).All(pair => pair.First.Part.Allows(pair.Second))
        && p.CacheActs.Count == CacheActs.Count
        && p.CacheActs.Zip(CacheActs).All(pair => pair.First.Part.Allows(pair.Second))
        && p.Accesses.Count == Accesses.Count
        && Accesses.Zip(p.Accesses).All(pair => pair.First.Agrees(pair.Second.Outcome));

    /// <summary>Where this first differs from a prediction that it doesn't agree with.</summary>
    public Difference Difference(Prediction p)
    {
        if (Registration != p.Registration)
            return new(DifferingPart.Registration);
        for (int i = 0; i < p.Accesses.Count; i++)
        {
            if (i == 1 && ChangeDiffers(p))
                return new(DifferenceOfChange(p));
            var seen = i < Accesses.Count ? Accesses[i] : null;
            if (seen?.Agrees(p.Accesses[i].Outcome) != true)
                return new(DifferingPart.Access, i, OfLeaf(p.Accesses[i], seen?.Outcome));
        }
        return ChangeDiffers(p)
            ? new(DifferenceOfChange(p))
            : new(DifferingPart.Access, Math.Max(0, p.Accesses.Count - 1));
    }

    private bool ChangeDiffers(Prediction p) =>
        Change is null ? p.Change is not null : p.Change is null || !Change.Agrees(p.Change);

    private DifferingPart DifferenceOfChange(Prediction p) =>
        Change is { } seen && p.Change is { } predicted && seen.Errno != predicted.Errno
            ? DifferingPart.ChangeErrno
            : DifferingPart.Change;

    /// <summary>What of the leaf is not as predicted; of an access that made no progress what it needs.</summary>
    private static LeafPart OfLeaf(AccessPrediction predicted, Outcome? seen)
    {
        if (predicted.Outcome.Kind != OutcomeKind.Mapped)
            return LeafPart.None;
        var leaf = predicted.Outcome.Leaf;
        return seen switch
        {
            { Kind: OutcomeKind.Unforeseen } => LeafPart.Type,
            { Kind: OutcomeKind.Mapped } mapped => predicted.Outcome.AllowsContent(mapped)
                ? leaf.FirstDifference(mapped.Leaf)
                : LeafPart.Memory,
            _ => predicted.Access == Access.Execute ? LeafPart.Execute
            : predicted.Access.Stores() ? LeafPart.Write
            : LeafPart.None,
        };
    }

    /// <summary>
    /// The index of the first operation that deviates from the prediction; the number of predicted operations if all
    /// of those match, but something was left behind or more was done.
    /// </summary>
    public int Deviation(Prediction p) =>
        Operations.Zip(p.Operations).TakeWhile(pair => pair.First.Agrees(pair.Second)).Count();

    /// <summary>Whether both have the same result, as far as both have evidence: no address is compared.</summary>
    public bool SameAs(ObservedCase other) =>
        Registration == other.Registration
        && Left == other.Left
        && Calls.SequenceEqual(other.Calls)
        && Operations.Count == other.Operations.Count
        && Operations.Zip(other.Operations).All(pair => pair.First.SameAs(pair.Second))
        && (Change is null ? other.Change is null : other.Change is not null && Change.SameAs(other.Change))
        && Program.SequenceEqual(other.Program)
        && CacheActs.SequenceEqual(other.CacheActs)
        && Accesses.Count == other.Accesses.Count
        && Accesses.Zip(other.Accesses).All(pair => pair.First.SameAs(pair.Second));

    /// <summary>What the guest observed of its operation, if it got there.</summary>
    public GuestObservation? Sight => Accesses.Count == 0 ? null : Accesses[^1].Sight;

    /// <summary>
    /// "the descriptor says Normal-NC rw- (0x...), the traced mapping Device-nGnRE rw-"; null where no access has
    /// two.
    /// </summary>
    public string? TwoLeaves =>
        Accesses.FirstOrDefault(a => a.Requested is not null) is { } access
            ? $"the descriptor says {access.Outcome.Leaf} ({access.Descriptor}), the traced mapping {access.Requested}"
            : null;

    /// <summary>
    /// "the guest's page is at 0x..., the slot's memory at 0x...": physical addresses; null where they are the same.
    /// </summary>
    public string? Elsewhere =>
        Accesses.Select(a => a.Elsewhere).FirstOrDefault(e => e is not null) is var (guest, process)
            ? $"the guest's page is at the physical address 0x{guest:x}, the slot's memory at 0x{process:x}"
            : null;

    public IReadOnlyList<Evidence> Levels =>
        [
            .. Accesses
                .SelectMany(LevelsOf)
                .Concat(Operations.SelectMany(LevelsOf))
                .Concat(Program.SelectMany(LevelsOf))
                .Concat(CacheActs.SelectMany(LevelsOf))
                .Concat(Calls.OfType<AbortPart>().SelectMany(LevelsOf))
                .Concat(Calls.OfType<RingPart>().Where(r => r.Next is not null).Select(_ => Evidence.Exit))
                .Concat(Calls.OfType<TagPart>().Where(t => t.Tag is not null).Select(_ => Evidence.Guest))
                .Concat(Calls.OfType<NestedPart>().SelectMany(LevelsOf))
                .Append(Evidence.Errno)
                .Distinct()
                .Order(),
        ];

    /// <summary>The stage-2 descriptors that were read, in order.</summary>
    public IReadOnlyList<ReadDescriptor> Descriptors =>
        [
            .. InOrder(
                    Accesses.Select(a => (CaseText.Word(a.Access), a.Descriptor)),
                    Change is null ? [] : [(CaseText.Word(Change.Change), Change.Descriptor)]
                )
                .Concat(Operations.Select(a => (OperationText.Word(a.Operation), a.Descriptor)))
                .Where(d => d.Item2 is not null)
                .Select(d => new ReadDescriptor(d.Item1, d.Item2!.Value)),
            .. OfProgram,
        ];

    /// <summary>The observation as one value.</summary>
    public PartsOutcome Outcome =>
        new(
            Operations.Count > 0
                ?
                [
                    .. Operations.Select(a => a.Part),
                    .. Left is null ? Array.Empty<OutcomePart>() : [new LeftBehindPart(Left)],
                ]
            : Calls.Count > 0 ? Calls
            : Registration != Errno.None ? [new RegistrationPart(Registration)]
            :
            [
                new RegistrationPart(Errno.None),
                .. Program,
                .. CacheActs,
                .. InOrder<OutcomePart>(Accesses.Select(a => a.Part), Change is null ? [] : [Change.Part]),
            ]
        );

    public override string ToString() => Outcome.ToString();

    /// <summary>The change comes after the first access.</summary>
    private static IEnumerable<T> InOrder<T>(IEnumerable<T> accesses, IEnumerable<T> change) =>
        [.. accesses.Take(1), .. change, .. accesses.Skip(1)];

    /// <summary>A guest's operation is observed by an exit; the process observes its own.</summary>
    private static IEnumerable<Evidence> LevelsOf(ObservedOperation operation) =>
        operation.Operation switch
        {
            >= Operation.GuestLoad
            and <= Operation.OtherLoad
            or Operation.GuestLdp when operation.Outcome is { EndsGuest: false } => [Evidence.Guest, Evidence.Exit],
            _ => [],
        };

    private static IEnumerable<Evidence> LevelsOf(ProgramPart step)
    {
        if (step.Left.Any(l => l is not null))
            yield return Evidence.Pte;
        if (step.Word is not null)
            yield return Evidence.Guest;
        if (step.Access is { Kind: not OutcomeKind.RunFails })
            yield return Evidence.Exit;
    }

    private static IEnumerable<Evidence> LevelsOf(NestedPart act)
    {
        if (act.Shadow is not null)
            yield return Evidence.Pte;
        if (act.Value is not null || act.Hypervisor is not null || act.Fault is not null)
            yield return Evidence.Guest;
        if (act.Exit is not null)
            yield return Evidence.Exit;
    }

    private static IEnumerable<Evidence> LevelsOf(AbortPart act)
    {
        if (act.Left is not null)
            yield return Evidence.Pte;
        if (act.Value is not null || act.Fault is not null)
            yield return Evidence.Guest;
        if (act.Errno == Errno.None)
            yield return Evidence.Exit;
    }

    private static IEnumerable<Evidence> LevelsOf(CachePart act)
    {
        if (act is { Access.Kind: OutcomeKind.Mapped, LeafKnown: true })
            yield return Evidence.Pte;
        if (act.Words != CacheWords.None)
            yield return Evidence.Guest;
        if (act.Access is { Kind: not OutcomeKind.RunFails })
            yield return Evidence.Exit;
    }

    private static IEnumerable<Evidence> LevelsOf(ObservedAccess access)
    {
        if (access.LeafFrom is { } leaf)
            yield return leaf;
        if (
            access.Sight is not null
            || access.Outcome.Kind is OutcomeKind.GuestInstructionAbort or OutcomeKind.GuestDataAbort
        )
            yield return Evidence.Guest;
        if (access.Outcome.Kind is not OutcomeKind.RunFails)
            yield return Evidence.Exit;
    }
}
