namespace Harness.Model.Validity;

/// <summary>Memory that no machine has.</summary>
public static class BackingRestrictions
{
    private const string FlagsOfGuestMemory = "only a slot of a guest_memfd has its flags";

    private static readonly Restrictions<Backing> OfDrivers = new()
    {
        { b => b.GuestMemory != GuestMemoryFlags.None || b.Bound, FlagsOfGuestMemory },
        {
            b => b.Kind == VmaKind.MixedMap && b.Memory == KernelMap.ZeroRefcount,
            "vm_insert_page() refuses a page with a refcount of zero"
        },
    };

    private static readonly Restrictions<Backing> OfOthers = new()
    {
        { b => b.Memory != KernelMap.Known, "only a driver's pages are outside the kernel's map, or without a count" },
        { b => b.Type != VmaMemoryType.WriteBack, "only a driver can map memory other than Normal write-back" },
        { b => b.AllowAnyUncached, "only a driver can set VM_ALLOW_ANY_UNCACHED" },
        {
            b => b.Kind != VmaKind.GuestMemory && (b.GuestMemory != GuestMemoryFlags.None || b.Bound),
            FlagsOfGuestMemory
        },
        {
            b => b.Kind is VmaKind.Secret or VmaKind.GuestMemory && b.Sharing != Sharing.Shared,
            "such memory is always shared"
        },
        { b => b.Kind == VmaKind.Hole && b.Sharing != Sharing.Shared, "where nothing is mapped, nothing is private" },
        {
            b => b.Bound && (b.GuestMemory & GuestMemoryFlags.Mmap) == 0,
            "a guest_memfd without MMAP can't be bound even once"
        },
    };

    public static Restrictions<Backing> All { get; } =
        new()
        {
            { b => b.Driver, OfDrivers },
            { b => !b.Driver, OfOthers },
            { b => !ProviderTable.Of(b.Provider).Makes(b), "its provider makes no such memory" },
        };
}
