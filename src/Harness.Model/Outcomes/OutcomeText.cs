using System.Globalization;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Tags;

namespace Harness.Model.Outcomes;

/// <summary>Renders outcomes as sentences. It is the only renderer: console, HTML and exports use it.</summary>
public static class OutcomeText
{
    /// <summary>"registered; read: mapped Normal-WB r--; write: mapped Normal-WB rw-".</summary>
    public static string Of(CaseOutcome outcome) =>
        outcome switch
        {
            PartsOutcome parts => Of(parts),
            OutsideOutcome outside => $"outside the model: {outside.Reason}",
            AnyOutcome any => string.Join("; or ", any.Alternatives),
            MigrationOutcome migration => Of(migration),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
        };

    /// <summary>
    /// The outcome of a part, without its subject: "mapped Normal-WB rwx block", "accepted", "refused with EINVAL".
    /// </summary>
    public static string Of(OutcomePart part) =>
        part switch
        {
            RegistrationPart { Errno: Errno.None } => "accepted",
            RegistrationPart refused => $"refused with {refused.Errno}",
            AccessPart access => Of(access),
            ChangePart change => Of(change),
            OperationPart operation => operation.Outcome?.ToString() ?? "done, as far as can be seen",
            ProgramPart step => Of(step),
            SlotCallPart { Errno: Errno.None } => "done",
            SlotCallPart refused => refused.Errno.ToString(),
            CapabilityPart { Value: < 0 } refused => ((Errno)(-refused.Value)).ToString(),
            CapabilityPart capability => capability.Value.ToString(CultureInfo.InvariantCulture),
            CachePart act => Of(act),
            AbortPart act => act.Text,
            TagPart act => act.Text,
            RingPart act => act.Text,
            NestedPart act => act.Text,
            LeftBehindPart left => left.What,
            _ => throw new ArgumentOutOfRangeException(nameof(part)),
        };

    /// <summary>
    /// "alignment fault, DFSC 0x21"; for a prediction "unaligned-load on Device-nGnRE: alignment fault, DFSC 0x21".
    /// </summary>
    public static string Of(GuestPart guest)
    {
        string what = guest.Text
            ?? (guest.Attribute is { } attribute ? $"PAR_EL1.ATTR 0x{attribute:x2}" : GuestText.Word(guest.Ends));
        return guest.Operation is not { } operation ? what
            : guest.Type is { } type ? $"{GuestText.Word(operation)} on {TypeText.Word(type)}: {what}"
            : $"{GuestText.Word(operation)}: {what}";
    }

    private static string Of(PartsOutcome outcome) =>
        string.Join(
            "; ",
            outcome.Parts.Select(p =>
                p switch
                {
                    RegistrationPart { Errno: Errno.None } => "registered",
                    RegistrationPart => $"registration {Of(p)}",
                    AccessPart { Guest: { } guest } => $"{p.Of}: {Of(p)}; guest: {Of(guest)}",
                    _ => $"{p.Of}: {Of(p)}",
                }
            )
        );

    private static string Of(AccessPart access) =>
        access.LeafKnown ? access.Outcome.ToString() : $"mapped{(access.Outcome.Foreign ? Outcome.Elsewhere : "")}";

    private static string Of(ChangePart change)
    {
        string?[] words = [change.Errno == Errno.None ? null : change.Errno.ToString(), change.Left?.ToString()];
        return string.Join(", ", words.OfType<string>().DefaultIfEmpty("done"));
    }

    /// <summary>
    /// "done, reads 0x0003 [first Normal-WB rwx, last Normal-WB r-x]"; pages that nothing maps are omitted.
    /// </summary>
    private static string Of(ProgramPart step)
    {
        var leaves = step
            .Left.Select((left, page) => (left, page))
            .Where(p => p.left is { Kind: not OutcomeKind.Unmapped })
            .Select(p => $"{ProgramText.Word((SlotPage)p.page)} {Leaf(p.left!.Value)}");
        string?[] words =
        [
            step.Errno == Errno.None ? null : step.Errno.ToString(),
            step.Access is { Kind: OutcomeKind.Mapped } ? "done" : step.Access?.ToString(),
            step.Step == ProgramText.ResetRings && step.Word is { } entries
                ? $"entries: {entries}"
                : Reads(step.Word, step.OrWord),
            step.Other is { } other ? $"vCPU 1 {(other.Kind == OutcomeKind.Mapped ? "done" : other.ToString())}" : null,
            Reads(step.OtherWord, step.OrOtherWord),
            step.Dirty is { } dirty ? Dirty(dirty, step.Beside) : null,
        ];
        string what = string.Join(", ", words.OfType<string>().DefaultIfEmpty("done"));
        string left = string.Join(", ", leaves);
        return left == "" ? what : $"{what} [{left}]";
    }

    private static string? Reads(ushort? word, ushort? or) =>
        word is null ? null
        : or is null ? $"reads 0x{word:x4}"
        : $"reads 0x{word:x4} or 0x{or:x4}";

    /// <summary>"reads new [Normal-WB rwx]", "reads old or new", "done".</summary>
    private static string Of(CachePart act)
    {
        string?[] words =
        [
            act.Errno == Errno.None ? null : act.Errno.ToString(),
            act.Access is { Kind: not OutcomeKind.Mapped } end ? end.ToString() : null,
            act.Words == CacheWords.None ? null
            : act.Words == CacheWords.Refused ? CacheText.Of(act.Words)
            : $"reads {CacheText.Of(act.Words)}",
        ];
        string what = string.Join(", ", words.OfType<string>().DefaultIfEmpty("done"));
        return act is { Access: { Kind: OutcomeKind.Mapped } mapped, LeafKnown: true }
            ? $"{what} [{Leaf(mapped)}]"
            : what;
    }

    private static string Dirty(IReadOnlyList<SlotPage> dirty, bool beside) =>
        "dirty: "
        + string.Join(
            " and ",
            dirty.Select(ProgramText.Word).Concat(beside ? ["others"] : Array.Empty<string>()).DefaultIfEmpty("nothing")
        );

    private static string Of(MigrationOutcome migration) =>
        string.Join(" or ", migration.Ends)
        + (migration.How is null ? "" : $" ({migration.How})")
        + (migration is { Before: { } before, After: { } after } ? $", {Leaf(before)} to {Leaf(after)}" : "");

    /// <summary>"Normal-WB rwx (page or block)".</summary>
    private static string Leaf(Outcome outcome) =>
        outcome.Kind == OutcomeKind.Mapped ? outcome.ToString()["mapped ".Length..] : outcome.ToString();
}
