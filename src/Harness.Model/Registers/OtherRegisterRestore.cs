using System.Numerics;

namespace Harness.Model.Registers;

/// <summary>The same for all other registers: caches, firmware, the processor state, vector lengths.</summary>
internal static class OtherRegisterRestore
{
    private static readonly RegisterId Ctr = RegisterNames.Get("CTR_EL0");

    public static RefusedRegister? SystemRegister(RegisterId id, ulong? value, VcpuRegisters destination)
    {
        if (value is not { } wanted || destination[id] is not { } own)
        {
            return null;
        }

        var differences = IdFields.Differences(id, wanted, own, wanted ^ own);
        return id.Name switch
        {
            "MIDR_EL1"
            or "REVIDR_EL1"
            or "AIDR_EL1" when !destination.ImplementationIdsWritable || (wanted & ~destination.Writable(id)) != 0 =>
                Invariant(),
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
            return new(
                id,
                [Errno.EINVAL],
                false,
                RegisterRules.CacheLevels,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        if (early)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.Invariant,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        if (wanted >> 47 != 0)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.CacheLevels,
                IdFields.Differences(id, wanted, own, wanted & ~0UL << 47)
            );
        }

        var (unified, coherency, inner) = (wanted >> 27 & 7, wanted >> 24 & 7, wanted >> 21 & 7); // LoUU, LoC, LoUIS
        return
            (coherency == 0 || (unified == 0 && inner == 0))
            && IdFields.Get("CTR_EL0", "IDC").Of(destination[Ctr]!.Value) == 0
            ? new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.CacheLevels,
                $"LoUU {unified}, LoC {coherency}, LoUIS {inner}, and here CTR_EL0.IDC 0"
            )
            : null;
    }

    public static RefusedRegister? CacheGeometry(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        if (destination.HasCachesOfCpu is not { } early || (!early && destination[Ctr] is null))
        {
            return new(
                id,
                [Errno.EINVAL],
                false,
                RegisterRules.CacheLine,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        if (early)
        {
            return new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.CacheGeometry,
                IdFields.Differences(id, wanted, own, wanted ^ own)
            );
        }

        // Sizes as powers of 2, in bytes: 4 more than in CCSIDR_EL1, and 2 more than in CTR_EL0. Odd selectors are
        // instruction caches.
        var line = (wanted & 7) + 4;
        var least =
            IdFields.Get("CTR_EL0", (id.Value & 1) != 0 ? "IminLine" : "DminLine").Of(destination[Ctr]!.Value) + 2;
        return line < least
            ? new(
                id,
                [Errno.EINVAL],
                true,
                RegisterRules.CacheLine,
                $"lines of {1 << (int)line} bytes, and here {1 << (int)least}"
            )
            : null;
    }

    public static RefusedRegister? Firmware(RegisterId id, ulong wanted, ulong own)
    {
        const ulong Level = 0xF,
            Enabled = 1 << 4;
        var certain = true;
        bool refused;
        switch (id.Name)
        {
            case "KVM_REG_ARM_PSCI_VERSION":
                // KVM's own version is the newest that it supports, or 0.1 for a vCPU without KVM_ARM_VCPU_PSCI_0_2,
                // which accepts no other.
                const ulong First = 1;
                refused = own == First || wanted > own || wanted is not (2 or (>= 0x10000 and <= 0x10003));
                certain = wanted > own || wanted <= 0x10003; // Values added by a newer kernel are unknown here.
                break;
            case "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1" or "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3":
                refused = wanted > own;
                break;
            case "KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2":
                // NOT_AVAIL and UNKNOWN count as 0, AVAIL and NOT_REQUIRED as 3; ENABLED requires AVAIL.
                var level = wanted & Level;
                refused =
                    (wanted & ~(Level | Enabled)) != 0
                    || ((wanted & Enabled) != 0 && level != 2)
                    || level > 3
                    || (level >= 2 && own < 3);
                break;
            default:
                (refused, certain) = (true, false);
                break;
        }

        return refused
            ? new(id, [Errno.EINVAL], certain, RegisterRules.Firmware, $"0x{wanted:x}, and here 0x{own:x}")
            : null;
    }

    public static RefusedRegister? Bitmap(RegisterId id, ulong wanted, ulong own)
    {
        // The other bitmaps are full by default, this one is empty: two bits are known (6.15).
        var second = id == RegisterId.FirmwareBitmap(3);
        var beyond = wanted & ~own & ~(second ? 3UL : 0);
        return beyond == 0
            ? null
            : new(id, [Errno.EINVAL], !second, RegisterRules.Firmware, $"bits 0x{beyond:x} are not known here");
    }

    public static RefusedRegister? State(RegisterId id, ulong wanted, ulong own, VcpuRegisters destination)
    {
        const ulong Mode = 0x1F,
            Narrow = 0x10,
            User = 0x10,
            El2 = 8;
        var mode = wanted & Mode;
        var narrow = (own & Narrow) != 0; // KVM_ARM_VCPU_EL1_32BIT
        var accepted = mode switch
        {
            User => destination.Field("ID_AA64PFR0_EL1", "EL0") == 2,
            0x11 or 0x12 or 0x13 or 0x17 or 0x1B or 0x1F => narrow,
            0 or 4 or 5 => !narrow,
            8 or 9 => (own & Mode) is El2 or El2 + 1, // A vCPU with EL2 starts at EL2.
            _ => false,
        };
        return accepted
            ? null
            : new(id, [Errno.EINVAL], true, RegisterRules.State, $"mode 0x{mode:x}, and here 0x{own & Mode:x}");
    }

    public static RefusedRegister? VectorLengths(RegisterId id, IReadOnlyList<byte> wanted, IReadOnlyList<byte> own)
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
                return new(
                    id,
                    [Errno.EINVAL],
                    true,
                    RegisterRules.Vectors,
                    $"{(bit + 1) * 128} bits are in one of them"
                );
            }
        }

        return largest < 0 ? new(id, [Errno.EINVAL], true, RegisterRules.Vectors, "none") : null;
    }
}
