namespace Harness.Model.Migrations;

/// <summary>
/// A capability that a VMM relied on when it created a VM, and how it compares the values of two hosts.
/// </summary>
/// <param name="Number">KVM_CAP_*, linux/kvm.h.</param>
/// <param name="Name">Its name without the prefix.</param>
/// <param name="Needed">The value that the VM needs, given the source's.</param>
/// <param name="Flags">The value is a set of bits, not a number.</param>
public sealed record ReliedCapability(int Number, string Name, Func<int, int> Needed, bool Flags = false)
{
    public const int VmIpaSize = 165;

    /// <summary>
    /// The capabilities that a VM depends on, if its source has them: a VMM does not rely on one that was missing.
    /// </summary>
    public static IReadOnlyList<ReliedCapability> Of(Migration migration)
    {
        var backing = migration.Case.Backing;
        var relied = new List<ReliedCapability>();
        if (migration.IpaBits != 0)
            relied.Add(new(VmIpaSize, "ARM_VM_IPA_SIZE", _ => migration.IpaBits));
        if (migration.Case.Mte)
            relied.Add(new(205, "ARM_MTE", Same));
        if (backing is { Kind: VmaKind.PfnMap, Cacheable: true })
            relied.Add(new(243, "ARM_CACHEABLE_PFNMAP_SUPPORTED", Same));
        if (backing.Kind == VmaKind.GuestMemory)
        {
            relied.Add(new(234, "GUEST_MEMFD", Same));
            relied.Add(new(244, "GUEST_MEMFD_FLAGS", source => source & (int)backing.GuestMemory, Flags: true));
        }
        return relied;
    }

    /// <summary>
    /// Whether a VM that was created where the value was <paramref name="source"/> can be created where it is <paramref
    /// name="destination"/>.
    /// </summary>
    /// <param name="source">The source's value; an errno is negative.</param>
    /// <param name="destination">The destination's.</param>
    public bool Suffices(int source, int destination) =>
        source <= 0 || (Flags ? (Needed(source) & ~Math.Max(destination, 0)) == 0 : destination >= Needed(source));

    private static int Same(int source) => source;
}
