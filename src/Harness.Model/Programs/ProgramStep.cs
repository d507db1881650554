namespace Harness.Model.Programs;

/// <summary>
/// The pages of a slot that a program accesses, and of which the stage-2 leaf is read after each step.
/// </summary>
public enum SlotPage : byte
{
    /// <summary>The first page of the slot.</summary>
    First,

    /// <summary>The page after it.</summary>
    Next,

    /// <summary>The last page of the slot.</summary>
    Last,

    /// <summary>The first page of the second slot, which is the same page of the memory.</summary>
    AliasFirst,

    /// <summary>The page after it.</summary>
    AliasNext,

    /// <summary>The last page of the second slot.</summary>
    AliasLast,
}

public static class SlotPages
{
    /// <summary>
    /// Those of the first slot, in their order, which is that of what maps them in predictions and observations.
    /// </summary>
    public static IReadOnlyList<SlotPage> All { get; } = [SlotPage.First, SlotPage.Next, SlotPage.Last];

    /// <summary>Those of the second slot.</summary>
    public static IReadOnlyList<SlotPage> Alias { get; } =
    [SlotPage.AliasFirst, SlotPage.AliasNext, SlotPage.AliasLast];

    /// <summary>Those of both slots.</summary>
    public static IReadOnlyList<SlotPage> Both { get; } = [.. All, .. Alias];

    /// <summary>Those that a program has.</summary>
    public static IReadOnlyList<SlotPage> Of(ProgramCase c) => c.Second == SecondSlot.None ? All : Both;

    /// <summary>Those of one slot.</summary>
    public static IReadOnlyList<SlotPage> OfSlot(bool alias) => alias ? Alias : All;

    /// <summary>It is a page of the second slot.</summary>
    public static bool IsAlias(this SlotPage page) => page >= SlotPage.AliasFirst;

    /// <summary>The same page of the memory in a slot.</summary>
    public static SlotPage In(this SlotPage page, bool alias) => OfSlot(alias)[(int)page % All.Count];
}

/// <summary>One step of a program.</summary>
public abstract record ProgramStep
{
    /// <summary>The vCPU of the step: 0, or 1 for "@1" in keys.</summary>
    public int Vcpu { get; init; }

    /// <summary>It is about the second slot: "alias-" in keys. Of an access the page says so.</summary>
    public bool Alias { get; init; }

    /// <summary>It changes a slot, or is about its log, and can be about the second slot.</summary>
    public bool IsOfSlot => this is SlotChange { Change.OfSlot: true } or DirtyLogRead or DirtyLogClear;

    /// <summary>The accesses that it makes, each by its vCPU.</summary>
    public IReadOnlyList<SlotAccess> Accesses =>
        this switch
        {
            SlotAccess access => [access],
            AtOnce { First: SlotAccess first, Second: var second } => [first, second with { Vcpu = 1 }],
            AtOnce { Second: var second } => [second with { Vcpu = 1 }],
            _ => [],
        };

    /// <summary>The change that it makes, or null.</summary>
    public SlotChange? MadeChange => this as SlotChange ?? (this as AtOnce)?.First as SlotChange;

    /// <summary>As in keys: "read.first", "log-on", "dirty-log".</summary>
    public sealed override string ToString() => ProgramText.Word(this);
}

/// <summary>The guest accesses a page, on one of its vCPUs.</summary>
/// <param name="Access">The access.</param>
/// <param name="Page">The page.</param>
public sealed record SlotAccess(Access Access, SlotPage Page) : ProgramStep;

/// <summary>Userspace changes the slot, or the memory behind it. A store of the process is to the first page.</summary>
public sealed record SlotChange(LiveChange Change) : ProgramStep;

/// <summary>
/// Two at the same time: "write.first+read.last" is a store of the first vCPU and a load of the second, which wait for
/// each other before; in "recreate+read.alias-first" the second vCPU repeats its access while userspace changes the
/// other slot.
/// </summary>
/// <param name="First">An access of the first vCPU, or a change of a slot.</param>
/// <param name="Second">The access of the second vCPU.</param>
public sealed record AtOnce(ProgramStep First, SlotAccess Second) : ProgramStep;

/// <summary>KVM_GET_DIRTY_LOG, which also clears the log and protects the dirty pages again.</summary>
public sealed record DirtyLogRead : ProgramStep;

/// <summary>What KVM_CLEAR_DIRTY_LOG is called for.</summary>
public enum LogRange : byte
{
    /// <summary>Every page of the slot.</summary>
    All,

    /// <summary>The slot's first page.</summary>
    First,

    /// <summary>The slot's second page.</summary>
    Next,

    /// <summary>The slot's last page.</summary>
    Last,

    /// <summary>A range that begins at the second page: not at a multiple of 64.</summary>
    Unaligned,

    /// <summary>A range of one page, which is not the slot's last.</summary>
    Part,

    /// <summary>A range that is longer than the slot.</summary>
    Beyond,
}

/// <summary>KVM_CLEAR_DIRTY_LOG, which clears the bits of pages in the log, and protects those pages again.</summary>
public sealed record DirtyLogClear(LogRange Range) : ProgramStep;

/// <summary>A vCPU's dirty ring is read: its new entries are taken, and marked to be reset.</summary>
public sealed record DirtyRingRead : ProgramStep;

/// <summary>KVM_RESET_DIRTY_RINGS, which protects the pages of entries that were read.</summary>
public sealed record DirtyRingReset : ProgramStep;

/// <summary>The steps of a program, compared by content.</summary>
public readonly record struct ProgramSteps
{
    /// <summary>More are not needed to show anything, and the word that a step stores has 16 bits.</summary>
    public const int Most = 64;

    private readonly ProgramStep[] _items;

    public ProgramSteps(params ProgramStep[] items)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(items.Length, Most);
        _items = items;
    }

    public int Count => _items?.Length ?? 0;

    public ProgramStep this[Index index] => _items[index];

    public ReadOnlySpan<ProgramStep> Span => _items;

    public ProgramSteps With(ProgramStep more) => new([.. Span, more]);

    public bool Equals(ProgramSteps other) => Span.SequenceEqual(other.Span);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var step in Span)
            hash.Add(step);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(',', Span.ToArray().Select(ProgramText.Word));
}
