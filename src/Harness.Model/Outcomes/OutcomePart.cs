using Harness.Model.Caches;
using Harness.Model.Ownership;
using Harness.Model.Programs;

namespace Harness.Model.Outcomes;

/// <summary>The outcome of one step of a case, predicted or observed.</summary>
public abstract record OutcomePart
{
    /// <summary>
    /// The subject: "registration", an access ("read"), a change ("munmap"), an operation ("guest-load").
    /// </summary>
    public abstract string Of { get; }

    /// <summary>
    /// Whether this prediction allows the observation: what the prediction leaves open never counts as a difference.
    /// </summary>
    public abstract bool Allows(OutcomePart observed);
}

/// <summary>KVM_SET_USER_MEMORY_REGION for the slot under test.</summary>
/// <param name="Errno">What it returned; none if the slot was accepted.</param>
public sealed record RegistrationPart(Errno Errno) : OutcomePart
{
    public override string Of => "registration";

    public override bool Allows(OutcomePart observed) => observed == this;
}

/// <summary>One access of the guest.</summary>
/// <param name="Access">The access.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="LeafKnown">
/// The leaf in <paramref name="Outcome"/> is compared; false if the page was mapped and no evidence shows how.
/// </param>
/// <param name="Guest">What the guest observed of its operation, if the access was one.</param>
public sealed record AccessPart(Access Access, Outcome Outcome, bool LeafKnown = true, GuestPart? Guest = null)
    : OutcomePart
{
    public override string Of => CaseText.Word(Access);

    public override bool Allows(OutcomePart observed) =>
        observed is AccessPart seen
        && seen.Access == Access
        && (
            seen.LeafKnown
                ? Outcome.Allows(seen.Outcome)
                : Outcome.Kind == OutcomeKind.Mapped && Outcome.AllowsContent(seen.Outcome)
        )
        && (Guest is null || (seen.Guest is { } guest && Guest.Allows(guest)));
}

/// <summary>What a guest observed of its operation, or may observe.</summary>
/// <param name="Ends">How it ended; several in a prediction.</param>
/// <param name="Operation">In a prediction: the operation.</param>
/// <param name="Type">In a prediction: the combined type of both stages.</param>
/// <param name="Attribute">PAR_EL1.ATTR, after an address translation instruction.</param>
/// <param name="Text">A description, if no end has a name for it.</param>
public sealed record GuestPart(
    GuestResult Ends,
    GuestOperation? Operation = null,
    EffectiveType? Type = null,
    byte? Attribute = null,
    string? Text = null
)
{
    public static GuestPart Of(GuestObservation seen) => new(seen.End, Attribute: seen.Attribute, Text: seen.Text);

    public static GuestPart Of(GuestExpectation expected) =>
        expected.Operation == GuestOperation.Translate
            ? new(expected.Ends, expected.Operation, Attribute: expected.Attribute)
            : new(expected.Ends, expected.Operation, expected.View.Type);

    public bool Allows(GuestPart seen) =>
        (Ends & seen.Ends) != 0
        && (
            Attribute is not { } expected
            || seen.Attribute is not { } attribute
            || GuestExpectation.AllowsAttribute(expected, attribute)
        );
}

/// <summary>What userspace changed between two accesses.</summary>
/// <param name="Change">The change as named in cases, <see cref="CaseText.Word(LiveChange)"/>.</param>
/// <param name="Errno">What it returned.</param>
/// <param name="Left">What maps the page after it; null if that could not be read.</param>
public sealed record ChangePart(string Change, Errno Errno, Outcome? Left) : OutcomePart
{
    public override string Of => Change;

    public override bool Allows(OutcomePart observed) =>
        observed is ChangePart seen
        && seen.Change == Change
        && seen.Errno == Errno
        && (seen.Left is not { } left || Left is not { } predicted || predicted.Allows(left));
}

/// <summary>One operation of a lifecycle case.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Outcome">How it ended; null if the probe can't observe that on the host.</param>
public sealed record OperationPart(Operation Operation, OperationOutcome? Outcome) : OutcomePart
{
    public override string Of => OperationText.Word(Operation);

    public override bool Allows(OutcomePart observed) =>
        observed is OperationPart seen
        && seen.Operation == Operation
        && (seen.Outcome is not { } outcome || outcome == Outcome);
}

/// <summary>One step of a program.</summary>
/// <param name="Step">The step as named in keys.</param>
/// <param name="Access">How the access ended; null for other steps.</param>
/// <param name="Errno">What the change, or KVM_GET_DIRTY_LOG, returned.</param>
/// <param name="Word">
/// The word that a load returned, in a prediction null if that is open; or how many entries were reset.
/// </param>
/// <param name="Left">
/// What maps each page after it, in the order of <see cref="SlotPage"/>; null if that could not be read.
/// </param>
/// <param name="Dirty">The dirty pages that KVM_GET_DIRTY_LOG or a ring returned; null for other steps.</param>
/// <param name="Beside">Other pages are dirty than those that the program has names for.</param>
public sealed record ProgramPart(
    string Step,
    Outcome? Access,
    Errno Errno,
    ushort? Word,
    IReadOnlyList<Outcome?> Left,
    IReadOnlyList<SlotPage>? Dirty,
    bool Beside = false
) : OutcomePart
{
    /// <summary>In a prediction of two accesses at the same time: the other word that the load may return.</summary>
    public ushort? OrWord { get; init; }

    /// <summary>Of two steps at the same time: how the second vCPU's access ended.</summary>
    public Outcome? Other { get; init; }

    /// <summary>The word that the second vCPU's load returned, in a prediction null if that is open.</summary>
    public ushort? OtherWord { get; init; }

    /// <summary>In a prediction: the other word that it may return.</summary>
    public ushort? OrOtherWord { get; init; }

    public override string Of => Step;

    /// <summary>The page that is accessed; null for other steps.</summary>
    public SlotPage? Page =>
        Step.Split(ProgramText.Both)[0].Split('.', '@') is [_, var page, ..] ? ProgramText.Pages.Find(page) : null;

    public override bool Allows(OutcomePart observed) =>
        observed is ProgramPart seen
        && seen.Step == Step
        && seen.Errno == Errno
        && AllowsAccess(seen)
        && AllowsWord(seen)
        && AllowsDirty(seen)
        && Left.Zip(seen.Left)
            .All(pair => pair.Second is not { } left || pair.First is not { } mine || mine.Allows(left));

    /// <summary>The leaf of an access is that of its page after it: it is compared there.</summary>
    public bool AllowsAccess(ProgramPart seen) => Allows(Access, seen.Access) && Allows(Other, seen.Other);

    private static bool Allows(Outcome? predicted, Outcome? seen) =>
        (predicted, seen) switch
        {
            ({ Kind: OutcomeKind.Mapped } mapped, { Kind: OutcomeKind.Mapped } other) => mapped.AllowsContent(other),
            ({ } mine, { } other) => mine.Allows(other),
            _ => predicted is null && seen is null,
        };

    public bool AllowsWord(ProgramPart seen) =>
        Allows(Word, OrWord, seen.Word) && Allows(OtherWord, OrOtherWord, seen.OtherWord);

    private static bool Allows(ushort? word, ushort? or, ushort? seen) =>
        word is null || seen is null || word == seen || or == seen;

    public bool AllowsDirty(ProgramPart seen) =>
        Dirty is null
            ? seen.Dirty is null
            : seen.Dirty is { } dirty && seen.Beside == Beside && Dirty.SequenceEqual(dirty);

    public bool Equals(ProgramPart? other) =>
        other is not null
        && (Step, Access, Errno, Word, Beside) == (other.Step, other.Access, other.Errno, other.Word, other.Beside)
        && (OrWord, Other, OtherWord, OrOtherWord) == (other.OrWord, other.Other, other.OtherWord, other.OrOtherWord)
        && Left.SequenceEqual(other.Left)
        && (Dirty is null ? other.Dirty is null : other.Dirty is not null && Dirty.SequenceEqual(other.Dirty));

    public override int GetHashCode() => HashCode.Combine(Step, Access, Errno, Word, Beside);
}

/// <summary>What KVM_CHECK_EXTENSION returned for a capability.</summary>
/// <param name="OnVm">For a VM; else for /dev/kvm.</param>
/// <param name="Value">An errno is negative.</param>
public sealed record CapabilityPart(bool OnVm, int Value) : OutcomePart
{
    public const string Vm = "vm";
    public const string System = "system";

    public override string Of => OnVm ? Vm : System;

    public override bool Allows(OutcomePart observed) => observed == this;
}

/// <summary>What one call of KVM_SET_USER_MEMORY_REGION returned.</summary>
/// <param name="Call">The call as named in keys.</param>
/// <param name="Errno">What it returned.</param>
public sealed record SlotCallPart(string Call, Errno Errno) : OutcomePart
{
    public override string Of => Call;

    public override bool Allows(OutcomePart observed) => observed == this;
}

/// <summary>One act of a case about caches.</summary>
/// <param name="Act">The act as named in keys.</param>
/// <param name="Access">
/// How the guest's access ended, with the leaf of its page; the leaf is the default where it could not be read. Null
/// for the process's acts.
/// </param>
/// <param name="Errno">What a change of the slot returned.</param>
/// <param name="Words">The word that it returned; in a prediction every word that it may return.</param>
public sealed record CachePart(string Act, Outcome? Access, Errno Errno, CacheWords Words) : OutcomePart
{
    /// <summary>In an observation: the leaf was read.</summary>
    public bool LeafKnown { get; init; } = true;

    public override string Of => Act;

    public override bool Allows(OutcomePart observed) =>
        observed is CachePart seen && seen.Act == Act && seen.Errno == Errno && AllowsAccess(seen) && AllowsWord(seen);

    public bool AllowsAccess(CachePart seen) =>
        (Access, seen.Access) switch
        {
            ({ } mine, { Kind: OutcomeKind.Mapped }) when !seen.LeafKnown => mine.Kind == OutcomeKind.Mapped,
            ({ } mine, { } other) => mine.Allows(other),
            _ => Access is null && seen.Access is null,
        };

    public bool AllowsWord(CachePart seen) =>
        Words == CacheWords.None ? seen.Words == CacheWords.None : (Words & seen.Words) != 0;
}

/// <summary>What still existed after everything was closed: "1 vms".</summary>
public sealed record LeftBehindPart(string What) : OutcomePart
{
    public override string Of => "left behind";

    public override bool Allows(OutcomePart observed) => observed == this;
}
