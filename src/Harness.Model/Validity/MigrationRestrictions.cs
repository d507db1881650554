using Harness.Model.Migrations;

namespace Harness.Model.Validity;

/// <summary>VMs that no VMM can migrate.</summary>
public static class MigrationRestrictions
{
    public static Restrictions<Migration> All { get; } =
        new()
        {
            {
                m =>
                    m.Case.Change is not null
                    || m.Case.Beside is not null
                    || m.Case.Placement != Placement.Ordinary
                    || m.Case.Backing.Bound,
                "migrations have a plain slot over one memory, without a change"
            },
            {
                m => !m.Case.VmaWritable || (m.Case.Slot & SlotFlags.ReadOnly) != 0,
                "a guest that can't store has nothing to compare after the migration"
            },
            { m => m.Case.Backing.Kind is VmaKind.Hole, "where nothing is mapped there is nothing to move" },
            {
                m =>
                    m.Case.Backing
                        is {
                            Kind: VmaKind.GuestMemory,
                            GuestMemory: not (GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared),
                        },
                "a VMM can't read a guest_memfd that it can't map and that isn't shared from the start"
            },
            {
                m => m.IpaBits is not 0 and (< 32 or > 52),
                "KVM_CREATE_VM takes 32 to 52 bits of guest physical addresses"
            },
            { m => m.OnSource.UnsupportedReason is not null, m => m.OnSource.UnsupportedReason! },
        };
}
