namespace Harness.Model.Slots;

/// <summary>
/// Calls of KVM_SET_USER_MEMORY_REGION in an ordinary VM, and what each returns. The process has memory for every
/// slot; no guest runs.
/// </summary>
/// <param name="Names">The calls by name, joined by commas.</param>
public sealed record SlotCallsCase(string Names) : Case(BackingOf(Names), VmaWritable: true)
{
    /// <summary>What the keys begin with.</summary>
    public const string KeyWord = "set-memory-region";

    /// <summary>The class of such cases in stored results.</summary>
    public const string Class = "slot-call";

    /// <summary>The size of the guest_memfd, if the calls have one.</summary>
    public const int FilePages = 8;

    private Once<Case, IReadOnlyList<SlotCall>> _calls;

    public IReadOnlyList<SlotCall> Calls => _calls.Of(this, static c => CallsOf(((SlotCallsCase)c).Names));

    /// <summary>Some call names a guest_memfd, which must be there.</summary>
    public bool HasFile => Backing.Kind == VmaKind.GuestMemory;

    protected override string? Restriction() => null;

    private static SlotCall[] CallsOf(string names) => [.. names.Split(',').Select(SlotCalls.Get)];

    private static Backing BackingOf(string names) =>
        CallsOf(names).Any(c => c is { File: not null, Second: true })
            ? Backing.Plain with
            {
                Kind = VmaKind.GuestMemory,
                Sharing = Sharing.Shared,
                GuestMemory = GuestMemoryFlags.Mmap,
            }
            : Backing.Plain;
}
