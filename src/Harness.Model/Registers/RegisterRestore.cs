using System.Numerics;

namespace Harness.Model.Registers;

/// <summary>
/// What a host does when userspace restores the registers of a vCPU that another host has saved: KVM_SET_ONE_REG of each, in the
/// order of the source's KVM_GET_REG_LIST, on a vCPU of a VM that never ran.
/// </summary>
public static class RegisterRestore
{
    private static readonly RegisterId Ctr = RegisterNames.Get("CTR_EL0");

    /// <summary>The registers of the source that the destination refuses, or may refuse, in the source's order.</summary>
    public static IReadOnlyList<RefusedRegister> Predict(VcpuRegisters source, VcpuRegisters destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        List<RefusedRegister> refused = [];
        foreach (var id in source.Ids)
        {
            if (Judge(id, source, destination, refused) is { } refusal)
            {
                refused.Add(refusal);
            }
        }

        return refused;
    }

    /// <summary>
    /// Where someone who insists on every register is stopped: by the first that is refused for certain, or by one before it that
    /// may be. In the source's order; only the last can be certain. Empty: nothing stops them.
    /// </summary>
    /// <param name="refused">What <see cref="Predict"/> returned.</param>
    public static IReadOnlyList<RefusedRegister> First(IReadOnlyList<RefusedRegister> refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return [.. refused.TakeWhile(register => !register.Certain), .. refused.Where(register => register.Certain).Take(1)];
    }

    private static RefusedRegister? Judge(RegisterId id, VcpuRegisters source, VcpuRegisters destination, List<RefusedRegister> before)
    {
        if (!destination.Has(id))
        {
            var errno = id.Kind is RegisterKind.Core or RegisterKind.Simd ? Errno.EINVAL : Errno.ENOENT;
            return new(id, [errno], true, RegisterRules.Unknown, "not in the host's list");
        }

        var same = source.SameValue(id, destination);
        var refusal = Hidden(id, source, destination, before) ?? (same ? null : Differing(id, source, destination));
        if (!destination.RefusedAtHome.TryGetValue(id.Value, out var atHome))
        {
            return refusal;
        }

        return refusal is null
            ? new(id, same ? [atHome] : [.. new[] { atHome, Errno.EINVAL }.Distinct()], same, RegisterRules.Home,
                same ? "the value that it refused" : "another value than it refused")
            : refusal with { Errnos = [.. refusal.Errnos.Append(atHome).Distinct()] };
    }

    private static RefusedRegister? Differing(RegisterId id, VcpuRegisters source, VcpuRegisters destination) => id.Kind switch
    {
        RegisterKind.System when IsIdRegister(id) => IdRegister(id, source[id]!.Value, destination[id]!.Value, destination),
        RegisterKind.System => SystemRegister(id, source[id], destination),
        RegisterKind.Ccsidr => CacheGeometry(id, source[id]!.Value, destination[id]!.Value, destination),
        RegisterKind.Firmware => Firmware(id, source[id]!.Value, destination[id]!.Value),
        RegisterKind.FirmwareBitmap => Bitmap(id, source[id]!.Value, destination[id]!.Value),
        RegisterKind.Core when id == RegisterId.ProcessorState => State(id, source[id]!.Value, destination[id]!.Value, destination),
        RegisterKind.Sve when id == RegisterId.VectorLengths => VectorLengths(id, source.Bytes(id)!, destination.Bytes(id)!),
        _ => null,
    };

    /// <summary>
    /// Registers that are there while the VM's ID registers have their feature. The ID registers come before them in every kernel's
    /// list, so that what the source's say counts, if the destination took them.
    /// </summary>
    private static RefusedRegister? Hidden(RegisterId id, VcpuRegisters source, VcpuRegisters destination, List<RefusedRegister> before)
    {
        if (RegisterNames.Find(id)?.Needs.Split('.') is not [var register, var field]
            || source.Field(register, field) != 0
            || destination.Field(register, field) is null or 0
            || before.Any(earlier => earlier.Certain && earlier.Id == RegisterNames.Get(register)))
        {
            return null;
        }

        // 6.12 lists TCR2_EL1, PIR_EL1 and PIRE0_EL1 whatever the ID registers say, and hides the others. KVM_REG_ARM_VENDOR_HYP_BMAP_2
        // is of 6.15, when all were hidden.
        var hides = field is not ("TCRX" or "S1PIE") || destination.Has(RegisterId.FirmwareBitmap(3));
        var taken = before.All(earlier => earlier.Id != RegisterNames.Get(register));
        return new(id, [Errno.ENOENT], hides && taken, RegisterRules.Hidden, $"{register}.{field} is restored as 0");
    }

    /// <summary>(3, 0, 0, 1..7, *), and CTR_EL0: is_vm_ftr_id_reg().</summary>
    private static bool IsIdRegister(RegisterId id) => id is { Op0: 3, Op1: 0, CRn: 0, CRm: >= 1 and <= 7 } || id == Ctr;

    private static RefusedRegister? IdRegister(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (IsAarch32(id) && destination.Field("ID_AA64PFR0_EL1", "EL0") == 1)
        {
            return null; // REG_USER_WI of aa32_id_visibility(): whatever is written is ignored.
        }

        return destination.WritableMasks is null
            ? WithoutMasks(id, wanted, own, destination)
            : WithMasks(id, WithoutForgiven(id, wanted, destination.Writable(id)), own, destination.Writable(id));
    }

    /// <summary>The AArch32 ID registers that aa32_id_visibility() is about: the hidden and the unallocated among them aren't.</summary>
    private static bool IsAarch32(RegisterId id) =>
        id is { Op1: 0, CRm: >= 1 and <= 3 } and not ({ CRm: 1, Op2: 3 } or { CRm: 3, Op2: 3 or 5 or 7 });

    private static RefusedRegister? WithoutMasks(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (id == Ctr)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.Invariant, Differences(id, wanted, own, wanted ^ own));
        }

        if (destination.HasCachesOfCpu != true)
        {
            // From 6.3 to 6.6 more and more fields were writable, but nothing tells which.
            return new(id, [Errno.EINVAL], false, RegisterRules.IdInvariant, Differences(id, wanted, own, wanted ^ own));
        }

        var speculation = id == RegisterNames.Get("ID_AA64PFR0_EL1")
            ? IdFields.Get("ID_AA64PFR0_EL1", "CSV2").Mask | IdFields.Get("ID_AA64PFR0_EL1", "CSV3").Mask
            : 0;
        if (((wanted ^ own) & ~speculation) is not 0 and var fixedBits)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.IdInvariant, Differences(id, wanted, own, fixedBits));
        }

        // KVM's own value is 1 if the host isn't affected, and 0 if it is.
        var beyond = IdFields.Of(id).Where(field => (field.Mask & speculation) != 0 && field.Of(wanted) > field.Of(own)).ToList();
        return beyond.Count == 0
            ? null
            : new(id, [Errno.EINVAL], true, RegisterRules.CacheSpeculation, Differences(id, wanted, own, beyond.Aggregate(0UL, (mask, field) => mask | field.Mask)));
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
            return new(id, [Errno.EINVAL], true, RegisterRules.IdFixed, Differences(id, wanted, own, fixedBits & ~forgiven));
        }

        if (beyond != 0)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.IdBeyond, Differences(id, wanted, own, beyond));
        }

        var (least, sure) = Least(id, wanted);
        if (least != 0)
        {
            return new(id, [Errno.EINVAL], sure, RegisterRules.IdLeast, Differences(id, wanted, own, least));
        }

        if (fixedBits != 0)
        {
            return new(id, [Errno.EINVAL], false, RegisterRules.IdFixed, Differences(id, wanted, own, fixedBits));
        }

        // Bits that are writable and in no field that is known here: a newer kernel's, whose type isn't known.
        perhaps |= (wanted ^ own) & writable & ~known;
        return perhaps == 0 ? null : new(id, [Errno.EINVAL], false, RegisterRules.IdBeyond, Differences(id, wanted, own, perhaps));
    }

    /// <summary>The fields that are less than any CPU has, and whether all kernels refuse that.</summary>
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
    /// A PMU that isn't the architecture's, which older kernels let guests see, is taken as none: set_id_aa64dfr0_el1() and
    /// set_id_dfr0_el1().
    /// </summary>
    private static ulong WithoutForgiven(RegisterId id, ulong wanted, ulong writable)
    {
        var field = id.Name switch
        {
            "ID_AA64DFR0_EL1" => IdFields.Get("ID_AA64DFR0_EL1", "PMUVer"),
            "ID_DFR0_EL1" => IdFields.Get("ID_DFR0_EL1", "PerfMon"),
            _ => null,
        };
        return field is not null && field.Of(wanted) == 0xF && (writable & field.Mask) == field.Mask ? wanted & ~field.Mask : wanted;
    }

    /// <summary>
    /// Fields that aren't writable, but of which some kernels ignore what older kernels let guests see, if it is what the CPU has, while
    /// their own value is 0: set_id_aa64pfr0_el1(), set_id_aa64pfr1_el1(), set_id_aa64mmfr2_el1(). MTE_frac is the other way round.
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

    private static RefusedRegister? SystemRegister(RegisterId id, ulong? value, VcpuRegisters destination)
    {
        if (value is not { } wanted || destination[id] is not { } own)
        {
            return null;
        }

        var differences = Differences(id, wanted, own, wanted ^ own);
        return id.Name switch
        {
            "MIDR_EL1" or "REVIDR_EL1" or "AIDR_EL1" when
                !destination.ImplementationIdsWritable || (wanted & ~destination.Writable(id)) != 0 => Invariant(),
            "OSLSR_EL1" when ((wanted ^ own) & ~(1UL << 1)) != 0 => Invariant(), // OSLK
            "PMMIR_EL1" when wanted != 0 => Invariant(),
            "CLIDR_EL1" => CacheLevels(id, wanted, own, destination),
            _ => null,
        };

        RefusedRegister Invariant() => new(id, [Errno.EINVAL], true, RegisterRules.Invariant, differences);
    }

    private static RefusedRegister? CacheLevels(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (destination.HasCachesOfCpu is not { } early || (!early && destination[Ctr] is null))
        {
            return new(id, [Errno.EINVAL], false, RegisterRules.CacheLevels, Differences(id, wanted, own, wanted ^ own));
        }

        if (early)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.Invariant, Differences(id, wanted, own, wanted ^ own));
        }

        if (wanted >> 47 != 0)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.CacheLevels, Differences(id, wanted, own, wanted & ~0UL << 47));
        }

        var (unified, coherency, inner) = (wanted >> 27 & 7, wanted >> 24 & 7, wanted >> 21 & 7); // LoUU, LoC, LoUIS
        return (coherency == 0 || (unified == 0 && inner == 0)) && IdFields.Get("CTR_EL0", "IDC").Of(destination[Ctr]!.Value) == 0
            ? new(id, [Errno.EINVAL], true, RegisterRules.CacheLevels, $"LoUU {unified}, LoC {coherency}, LoUIS {inner}, and here CTR_EL0.IDC 0")
            : null;
    }

    private static RefusedRegister? CacheGeometry(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (destination.HasCachesOfCpu is not { } early || (!early && destination[Ctr] is null))
        {
            return new(id, [Errno.EINVAL], false, RegisterRules.CacheLine, Differences(id, wanted, own, wanted ^ own));
        }

        if (early)
        {
            return new(id, [Errno.EINVAL], true, RegisterRules.CacheGeometry, Differences(id, wanted, own, wanted ^ own));
        }

        // Sizes as powers of 2: of bytes, 4 more than CCSIDR_EL1 has, and 2 more than CTR_EL0 has. Odd selectors are instruction caches.
        var line = (wanted & 7) + 4;
        var least = IdFields.Get("CTR_EL0", (id.Value & 1) != 0 ? "IminLine" : "DminLine").Of(destination[Ctr]!.Value) + 2;
        return line < least
            ? new(id, [Errno.EINVAL], true, RegisterRules.CacheLine, $"lines of {1 << (int)line} bytes, and here {1 << (int)least}")
            : null;
    }

    private static RefusedRegister? Firmware(RegisterId id, ulong wanted, ulong own)
    {
        const ulong Level = 0xF, Enabled = 1 << 4;
        var certain = true;
        bool refused;
        switch (id.Name)
        {
            case "KVM_REG_ARM_PSCI_VERSION":
                // KVM's own is the newest that it knows, or 0.1 of a vCPU without KVM_ARM_VCPU_PSCI_0_2, which takes no other.
                const ulong First = 1;
                refused = own == First || wanted > own || wanted is not (2 or (>= 0x10000 and <= 0x10003));
                certain = wanted > own || wanted <= 0x10003; // Of what a newer kernel knows nothing is known here.
                break;
            case "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1" or "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3":
                refused = wanted > own;
                break;
            case "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2":
                // NOT_AVAIL and UNKNOWN count as 0, AVAIL and NOT_REQUIRED as 3; ENABLED goes with AVAIL only.
                var level = wanted & Level;
                refused = (wanted & ~(Level | Enabled)) != 0 || ((wanted & Enabled) != 0 && level != 2) || level > 3
                    || (level >= 2 && own < 3);
                break;
            default:
                (refused, certain) = (true, false);
                break;
        }

        return refused ? new(id, [Errno.EINVAL], certain, RegisterRules.Firmware, $"0x{wanted:x}, and here 0x{own:x}") : null;
    }

    private static RefusedRegister? Bitmap(RegisterId id, ulong wanted, ulong own)
    {
        // The other bitmaps are full unless userspace says otherwise, this one is empty: two bits are known (6.15).
        var second = id == RegisterId.FirmwareBitmap(3);
        var beyond = wanted & ~own & ~(second ? 3UL : 0);
        return beyond == 0 ? null : new(id, [Errno.EINVAL], !second, RegisterRules.Firmware, $"bits 0x{beyond:x} are not known here");
    }

    private static RefusedRegister? State(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        const ulong Mode = 0x1F, Narrow = 0x10, User = 0x10, El2 = 8;
        var mode = wanted & Mode;
        var narrow = (own & Narrow) != 0; // KVM_ARM_VCPU_EL1_32BIT
        var accepted = mode switch
        {
            User => destination.Field("ID_AA64PFR0_EL1", "EL0") == 2,
            0x11 or 0x12 or 0x13 or 0x17 or 0x1B or 0x1F => narrow,
            0 or 4 or 5 => !narrow,
            8 or 9 => (own & Mode) is El2 or El2 + 1, // A vCPU with EL2 starts there.
            _ => false,
        };
        return accepted ? null : new(id, [Errno.EINVAL], true, RegisterRules.State, $"mode 0x{mode:x}, and here 0x{own & Mode:x}");
    }

    private static RefusedRegister? VectorLengths(RegisterId id, IReadOnlyList<byte> wanted, IReadOnlyList<byte> own)
    {
        var largest = -1;
        for (var i = 0; i < wanted.Count; i++)
        {
            largest = wanted[i] == 0 ? largest : i * 8 + BitOperations.Log2(wanted[i]);
        }

        for (var bit = 0; bit <= largest; bit++)
        {
            if (((wanted[bit / 8] ^ own[bit / 8]) >> bit % 8 & 1) != 0)
            {
                return new(id, [Errno.EINVAL], true, RegisterRules.Vectors, $"{(bit + 1) * 128} bits are in one of them");
            }
        }

        return largest < 0 ? new(id, [Errno.EINVAL], true, RegisterRules.Vectors, "none") : null;
    }

    /// <summary>
    /// The fields that bits of a mask belong to: "FWB: 1, and here 0"; bits of no known field together. Of a register without known
    /// fields the values.
    /// </summary>
    private static string Differences(RegisterId id, ulong wanted, ulong own, ulong mask)
    {
        var fields = IdFields.Of(id);
        if (fields.Count == 0)
        {
            return $"0x{wanted:x}, and here 0x{own:x}";
        }

        List<string> parts = [];
        foreach (var field in fields.Where(field => (field.Mask & mask) != 0))
        {
            parts.Add($"{field.Name}: {field.Of(wanted)}, and here {field.Of(own)}");
            mask &= ~field.Mask;
        }

        if (mask != 0)
        {
            parts.Add($"of the bits 0x{mask:x} 0x{wanted & mask:x}, and here 0x{own & mask:x}");
        }

        return string.Join("; ", parts);
    }
}
