namespace Harness.Model.Registers;

/// <summary>ID registers: what KVM_SET_ONE_REG of a value that differs from the host's returns.</summary>
internal static class IdRegisterRestore
{
    private static readonly RegisterId Ctr = RegisterNames.Get("CTR_EL0");

    /// <summary>(3, 0, 0, 1..7, *), and CTR_EL0: is_vm_ftr_id_reg().</summary>
    public static bool IsIdRegister(RegisterId id) => id is { Op0: 3, Op1: 0, CRn: 0, CRm: >= 1 and <= 7 } || id == Ctr;

    public static RefusedRegister? IdRegister(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (IsAarch32(id) && destination.Field("ID_AA64PFR0_EL1", "EL0") == 1)
        {
            return null; // REG_USER_WI of aa32_id_visibility(): writes are ignored.
        }

        return destination.WritableMasks is null
            ? WithoutMasks(id, wanted, own, destination)
            : WithMasks(id, WithoutForgiven(id, wanted, destination.Writable(id)), own, destination.Writable(id));
    }

    /// <summary>
    /// The AArch32 ID registers that aa32_id_visibility() handles; hidden and unallocated ones are excluded.
    /// </summary>
    private static bool IsAarch32(RegisterId id) =>
        id is { Op1: 0, CRm: >= 1 and <= 3 } and not ({ CRm: 1, Op2: 3 } or { CRm: 3, Op2: 3 or 5 or 7 });

    private static RefusedRegister? WithoutMasks(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (id == Ctr)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.Invariant,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        if (destination.HasCachesOfCpu != true)
        {
            // From 6.3 to 6.6 more and more fields became writable, but userspace can't find out which.
            return new(
                id,
                [Errno.EINVAL],
                false,
                RegisterRules.IdInvariant,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        var speculation =
            id == RegisterNames.Get("ID_AA64PFR0_EL1")
                ? IdFields.Get("ID_AA64PFR0_EL1", "CSV2").Mask | IdFields.Get("ID_AA64PFR0_EL1", "CSV3").Mask
                : 0;
        if (((wanted ^ own) & ~speculation) is not 0 and var fixedBits)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.IdInvariant,
                IdFields.Differences(id, wanted, own, fixedBits)
            );
        }

        // KVM's own value is 1 if the host isn't affected, and 0 if it is.
        var beyond = IdFields
            .Of(id)
            .Where(field => (field.Mask & speculation) != 0 && field.Of(wanted) > field.Of(own))
            .ToList();
        return beyond.Count == 0
            ? null
            : new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.CacheSpeculation,
                IdFields.Differences(id, wanted, own, beyond.Aggregate(0UL, (mask, field) => mask | field.Mask))
            );
    }

    private static RefusedRegister? WithMasks(RegisterId id, ulong wanted, ulong own, ulong writable)
    {
        var (beyond, perhaps, fixedMask, known) = (0UL, 0UL, ~writable, 0UL);
        foreach (var field in IdFields.Of(id))
        {
            known |= field.Mask;
            if ((field.Mask & writable) != field.Mask)
            {
                fixedMask |= field.Mask; // A field counts as writable only if all of it is.
                continue;
            }

            var allowed = field.Allows(field.Of(wanted), field.Of(own));
            beyond |= allowed == false ? field.Mask : 0;
            perhaps |= allowed is null ? field.Mask : 0;
        }

        var fixedBits = (wanted ^ own) & fixedMask;
        var forgiven = Forgiven(id, wanted, own);
        if ((fixedBits & ~forgiven) != 0)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.IdFixed,
                IdFields.Differences(id, wanted, own, fixedBits & ~forgiven)
            );
        }

        if (beyond != 0)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.IdBeyond, IdFields.Differences(id, wanted, own, beyond));
        }

        var (least, sure) = Least(id, wanted);
        if (least != 0)
        {
            return new(id, [Errno.EINVAL], sure, RegisterRules.IdLeast, IdFields.Differences(id, wanted, own, least));
        }

        if (fixedBits != 0)
        {
            return new(
                id,
                [Errno.EINVAL],
                false,
                RegisterRules.IdFixed,
                IdFields.Differences(id, wanted, own, fixedBits)
            );
        }

        // Bits that are writable but not in a known field: they belong to a newer kernel, and their type is unknown.
        perhaps |= (wanted ^ own) & writable & ~known;
        return perhaps == 0
            ? null
            : new(id, [Errno.EINVAL], false, RegisterRules.IdBeyond, IdFields.Differences(id, wanted, own, perhaps));
    }

    /// <summary>The fields that are lower than on any CPU, and whether all kernels refuse that.</summary>
    private static (ulong Mask, bool Certain) Least(RegisterId id, ulong wanted)
    {
        ulong Below(string field, ulong least, bool orNone = false)
        {
            var place = IdFields.Get(id.Name, field);
            return place.Of(wanted) < least && !(orNone && place.Of(wanted) == 0) ? place.Mask : 0;
        }

        return id.Name switch
        {
            "ID_AA64DFR0_EL1" => (Below("DebugVer", 6), true),
            "ID_DFR0_EL1" => (Below("CopDbg", 6) | Below("PerfMon", 3, orNone: true), true),
            "ID_AA64PFR0_EL1" => (Below("EL0", 1) | Below("EL1", 1), false), // Not in 6.12.
            _ => (0, true),
        };
    }

    /// <summary>
    /// A PMU that is not the architecture's, which older kernels exposed to guests, is treated as none:
    /// set_id_aa64dfr0_el1() and set_id_dfr0_el1().
    /// </summary>
    private static ulong WithoutForgiven(RegisterId id, ulong wanted, ulong writable)
    {
        var field = id.Name switch
        {
            "ID_AA64DFR0_EL1" => IdFields.Get("ID_AA64DFR0_EL1", "PMUVer"),
            "ID_DFR0_EL1" => IdFields.Get("ID_DFR0_EL1", "PerfMon"),
            _ => null,
        };
        return field is not null && field.Of(wanted) == 0xF && (writable & field.Mask) == field.Mask
            ? wanted & ~field.Mask
            : wanted;
    }

    /// <summary>
    /// Fields that aren't writable, but for which some kernels ignore the value that older kernels exposed to guests,
    /// if it is the CPU's value, while their own value is 0: set_id_aa64pfr0_el1(), set_id_aa64pfr1_el1(),
    /// set_id_aa64mmfr2_el1(). MTE_frac is the reverse.
    /// </summary>
    private static ulong Forgiven(RegisterId id, ulong wanted, ulong own)
    {
        ulong If(string field, bool shown)
        {
            var place = IdFields.Get(id.Name, field);
            return place.Of(shown ? own : wanted) == 0 ? place.Mask : 0;
        }

        return id.Name switch
        {
            "ID_AA64PFR0_EL1" => If("MPAM", shown: true),
            "ID_AA64PFR1_EL1" => If("MPAM_frac", shown: true) | If("MTE_frac", shown: false),
            "ID_AA64MMFR2_EL1" => If("NV", shown: true),
            _ => 0,
        };
    }
}
