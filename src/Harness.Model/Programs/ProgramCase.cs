using Harness.Model.Validity;

namespace Harness.Model.Programs;

/// <summary>A second slot of a program, over all of the first one's memory.</summary>
public enum SecondSlot : byte
{
    None,

    /// <summary>Without flags.</summary>
    Alias,

    /// <summary>With KVM_MEM_READONLY.</summary>
    ReadOnlyAlias,

    /// <summary>With KVM_MEM_LOG_DIRTY_PAGES.</summary>
    LoggedAlias,
}

/// <summary>Slots of a program's VM that it does nothing with.</summary>
public enum OtherSlots : byte
{
    None,

    /// <summary>One-page slots over the first page of the program's, below and above its slots.</summary>
    Hundreds,
}

/// <summary>
/// A case about several pages of one slot: accesses, changes and reads of the dirty log in any order and number.
/// </summary>
/// <param name="Setting">The slot and its memory; its accesses and its change are not used.</param>
/// <param name="Steps">What is done, in order.</param>
public sealed record ProgramCase(AccessCase Setting, ProgramSteps Steps) : Case(Setting.Backing, Setting.VmaWritable)
{
    private static readonly AccessList Unused = new(Access.Read);

    /// <summary>A program over a slot in which nothing is unusual.</summary>
    public ProgramCase(Backing backing, bool vmaWritable, SlotFlags slot, params ProgramStep[] steps)
        : this(new AccessCase(backing, vmaWritable, slot, Unused), new ProgramSteps(steps)) { }

    /// <summary>The most vCPUs of a program.</summary>
    public const int MostVcpus = 2;

    /// <summary>How many vCPUs its VM has; none if the guest does nothing.</summary>
    public int Vcpus =>
        Steps.Span.ToArray().Any(s => s.Accesses.Count > 0)
            ? 1 + Steps.Span.ToArray().Max(s => s.Accesses.Select(a => a.Vcpu).Append(s.Vcpu).Max())
            : 0;

    /// <summary>A second slot over the same memory, at other guest physical addresses.</summary>
    public SecondSlot Second { get; init; }

    /// <summary>Slots that must make no difference.</summary>
    public OtherSlots Others { get; init; }

    /// <summary>
    /// How many <see cref="OtherSlots.Hundreds"/> are: on each side of the program's slots half of them.
    /// </summary>
    public const int Hundreds = 500;

    /// <summary>The second slot, or null.</summary>
    public AccessCase? SecondSetting =>
        Second switch
        {
            SecondSlot.None => null,
            SecondSlot.ReadOnlyAlias => Setting with { Slot = SlotFlags.ReadOnly },
            SecondSlot.LoggedAlias => Setting with { Slot = SlotFlags.LogDirtyPages },
            _ => Setting with { Slot = SlotFlags.None },
        };

    /// <summary>How its VM tracks dirty pages.</summary>
    public DirtyTracking Tracking { get; init; }

    /// <summary>
    /// The word that the process stores to each page before the guest runs, for <see cref="AttributeCase.Restored"/>.
    /// An instruction with such a word is UDF, as one of zero is.
    /// </summary>
    public static ushort FirstWord(SlotPage page) => (ushort)(0x1001 + (byte)page);

    /// <summary>The word in each page that the process provides: <see cref="HostAct.Serve"/>.</summary>
    public const ushort ServedWord = 0x3001;

    /// <summary>The word that a step stores.</summary>
    public static ushort Word(int step) => (ushort)(step + 1);

    protected override string? Restriction() => ProgramRestrictions.All.Against(this);
}
