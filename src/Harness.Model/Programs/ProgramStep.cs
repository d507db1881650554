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
}

public static class SlotPages
{
    /// <summary>In their order, which is that of what maps them in predictions and observations.</summary>
    public static IReadOnlyList<SlotPage> All { get; } = Enum.GetValues<SlotPage>();
}

/// <summary>One step of a program.</summary>
public abstract record ProgramStep
{
    /// <summary>The vCPU of the step: 0, or 1 for "@1" in keys.</summary>
    public int Vcpu { get; init; }

    /// <summary>As in keys: "read.first", "log-on", "dirty-log".</summary>
    public sealed override string ToString() => ProgramText.Word(this);
}

/// <summary>The guest accesses a page, on one of its vCPUs.</summary>
/// <param name="Access">The access.</param>
/// <param name="Page">The page.</param>
public sealed record SlotAccess(Access Access, SlotPage Page) : ProgramStep;

/// <summary>Userspace changes the slot, or the memory behind it. A store of the process is to the first page.</summary>
public sealed record SlotChange(LiveChange Change) : ProgramStep;

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
