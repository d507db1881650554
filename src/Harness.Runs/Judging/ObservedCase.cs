using Harness.Model;

namespace Harness.Runs.Judging;

/// <summary>What one access did, as far as the evidence goes.</summary>
/// <param name="Access">The access.</param>
/// <param name="Outcome">Its outcome; the leaf only counts where <paramref name="LeafFrom"/> says so.</param>
/// <param name="LeafFrom">Where the leaf was read, or null where it could not be.</param>
/// <param name="Descriptor">The descriptor, where it was read.</param>
public sealed record ObservedAccess(Access Access, Outcome Outcome, Evidence? LeafFrom, StageTwoDescriptor? Descriptor)
{
    /// <summary>What the guest saw of its operation, where this access was one.</summary>
    public GuestSight? Sight { get; init; }

    public bool Agrees(Outcome predicted) => LeafFrom is null && Outcome.Kind == OutcomeKind.Mapped
        ? predicted.Kind == OutcomeKind.Mapped
        : predicted.Allows(Outcome);

    public override string ToString()
    {
        string what = Outcome.Kind == OutcomeKind.Mapped && LeafFrom is null ? "mapped" : Outcome.ToString();
        return $"{CaseText.Word(Access)}: {what}" + (Sight is { } sight ? $"; guest: {sight}" : "");
    }
}

/// <summary>What a case did, read out of a raw observation.</summary>
/// <param name="Registration">What KVM_SET_USER_MEMORY_REGION returned for the tested slot.</param>
/// <param name="Accesses">The accesses that were made.</param>
public sealed record ObservedCase(Errno Registration, IReadOnlyList<ObservedAccess> Accesses)
{
    public bool Agrees(Prediction p) =>
        p.Outside is null
        && p.Registration == Registration
        && p.Accesses.Count == Accesses.Count
        && Accesses.Zip(p.Accesses).All(pair => pair.First.Agrees(pair.Second.Outcome));

    /// <summary>What the guest saw of its operation, where it came to one.</summary>
    public GuestSight? Sight => Accesses.Count == 0 ? null : Accesses[^1].Sight;

    public IReadOnlyList<Evidence> Levels =>
        [.. Accesses.SelectMany(LevelsOf).Append(Evidence.Errno).Distinct().Order()];

    /// <summary>The descriptors that were read, decoded; they hold addresses, which differ from run to run.</summary>
    public IReadOnlyList<string> Details =>
        [.. Accesses.Where(a => a.Descriptor is not null).Select(a => $"{CaseText.Word(a.Access)}: {a.Descriptor}")];

    public override string ToString() => Registration != Errno.None
        ? $"registration refused with {Registration}"
        : "registered; " + string.Join("; ", Accesses);

    private static IEnumerable<Evidence> LevelsOf(ObservedAccess access)
    {
        if (access.LeafFrom is { } leaf)
            yield return leaf;
        if (access.Sight is not null || access.Outcome.Kind is OutcomeKind.GuestInstructionAbort or OutcomeKind.GuestDataAbort)
            yield return Evidence.Guest;
        if (access.Outcome.Kind is not OutcomeKind.RunFails)
            yield return Evidence.Exit;
    }
}
