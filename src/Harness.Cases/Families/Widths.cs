using Harness.Model;
using static Harness.Cases.Families.DriverMemory;

namespace Harness.Cases.Families;

/// <summary>
/// Loads and stores of other widths than a word, all with a valid syndrome: where userspace has to emulate one, the
/// exit carries its width, its address and the low bytes of the register that it stores.
/// </summary>
internal static class Widths
{
    private static readonly Access[] Stores = [Access.StoreByte, Access.StoreHalf, Access.StoreDouble];

    private static readonly Access[] Both = [Access.LoadByte, Access.LoadSignedHalf, Access.LoadDouble, .. Stores];

    public static CaseFamily Family { get; } =
        new(
            "width",
            "loads and stores of 8, 16 and 64 bits, also with a sign: mapped, and what an exit carries of them",
            () =>
                [
                    .. from backing in (Backing[])[Backing.Plain, Device]
                    from access in Both
                    select new AccessCase(backing, VmaWritable: true, SlotFlags.None, new AccessList(access)),
                    .. from kind in (ChangeKind[])[ChangeKind.DeleteSlot, ChangeKind.MoveSlot]
                    from access in Both
                    select new AccessCase(
                        Backing.Plain,
                        VmaWritable: true,
                        SlotFlags.None,
                        new AccessList(Access.Write, access)
                    )
                    {
                        Change = new LiveChange(kind),
                    },
                    .. from backing in (Backing[])[Backing.Plain, Device]
                    from access in Stores
                    from first in (Access[][])
                        [
                            [],
                            [Access.Read],
                        ]
                    select new AccessCase(
                        backing,
                        VmaWritable: true,
                        SlotFlags.ReadOnly,
                        new AccessList([.. first, access])
                    ),
                ]
        );
}
