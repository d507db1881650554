using System.Buffers.Binary;
using Harness.Model.Registers;

namespace Harness.Model.Tests.Registers;

/// <summary>A host's registers written by hand, by name, in the order in which they are added.</summary>
internal sealed class Host
{
    private readonly List<(ulong Id, byte[] Value)> registers = [];
    private readonly Dictionary<ulong, ulong> masks = [];
    private readonly Dictionary<ulong, Errno> refusedAtHome = [];
    private bool hasMasks = true;
    private bool implementationIdsWritable;

    /// <summary>A current kernel on a CPU with FWB, AArch32 at EL0, IDC and DIC; the masks are 7.2's.</summary>
    public static Host Modern =>
        new Host()
            .With(RegisterId.X(0), 0)
            .With(RegisterId.ProcessorState, 0x3C5)
            .With(RegisterId.V(0), 0)
            .With("KVM_REG_ARM_PSCI_VERSION", 0x10003)
            .With("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_1", 2)
            .With("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_2", 3)
            .With("KVM_REG_ARM_SMCCC_ARCH_WORKAROUND_3", 1)
            .With("KVM_REG_ARM_STD_BMAP", 1)
            .With("KVM_REG_ARM_STD_HYP_BMAP", 1)
            .With("KVM_REG_ARM_VENDOR_HYP_BMAP", 3)
            .With("KVM_REG_ARM_VENDOR_HYP_BMAP_2", 0)
            .With("DBGBVR0_EL1", 0)
            .With("OSLSR_EL1", 8)
            .With("MIDR_EL1", 0x410FD490, 0xFFFF_FFFF)
            .With("MPIDR_EL1", 0x8000_0000)
            .With("REVIDR_EL1", 0, ~0UL)
            .With("ID_PFR0_EL1", 0x131, 0xFFFF_FFFF)
            .With("ID_DFR0_EL1", 0x6, 0xFFFF_FFFF)
            .With("ID_AA64PFR0_EL1", 0x1100_0000_1100_1112, ~0xFF0F_00FF_0000UL)
            .With("ID_AA64PFR1_EL1", 0x21, 0x0F0F_0000_0000_F0FF)
            .With("ID_AA64DFR0_EL1", 0x6, 0xF000F00F0F)
            .With("ID_AA64MMFR0_EL1", 0x1022, ~0xF0UL)
            .With("ID_AA64MMFR1_EL1", 0x100, ~0xF0000FF0UL)
            .With("ID_AA64MMFR2_EL1", 0x100_0000_0000, ~0xF00_0FF0_0FF0_0000UL)
            .With("ID_AA64MMFR3_EL1", 0x111, 0xF0FFF)
            .With(RegisterId.System(3, 0, 0, 7, 5), 0)
            .With("SCTLR_EL1", 0xC50078)
            .With("TCR2_EL1", 0)
            .With("POR_EL1", 0)
            .With("CLIDR_EL1", 0x100_0004, 0x7FFF_FFFF_FFFF)
            .With("AIDR_EL1", 0, ~0UL)
            .With("CTR_EL0", 0xB444_C004, 0x300F_C00F)
            .With("KVM_REG_ARM_TIMER_CVAL", 0)
            .With(RegisterId.Ccsidr(0), 2)
            .With(RegisterId.Ccsidr(1), 2);

    /// <summary>A kernel before 6.3: invariant registers first, no masks.</summary>
    public static Host Early =>
        new Host()
            .With("MIDR_EL1", 0x410FD490)
            .With("CLIDR_EL1", 0xC3000123)
            .With("CTR_EL0", 0xB444_C004)
            .With("DBGBVR0_EL1", 0)
            .With("ID_AA64PFR0_EL1", 0x1100_0000_1111_1112)
            .With("ID_AA64MMFR2_EL1", 0x11)
            .With(RegisterId.Ccsidr(0), 0x701F_E01A)
            .WithoutMasks();

    public Host With(string name, ulong value, ulong mask = 0) => With(RegisterNames.Get(name), value, mask);

    public Host With(RegisterId id, ulong value, ulong mask = 0)
    {
        var bytes = new byte[Math.Max(id.Bytes, sizeof(ulong))];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return With(id, bytes[..id.Bytes], mask);
    }

    /// <summary>Adds a register, or gives it another value.</summary>
    public Host With(RegisterId id, byte[] value, ulong mask = 0)
    {
        var at = registers.FindIndex(register => register.Id == id.Value);
        if (at < 0)
        {
            registers.Add((id.Value, value));
        }
        else
        {
            registers[at] = (id.Value, value);
        }

        if (mask != 0)
        {
            masks[id.Value] = mask;
        }

        return this;
    }

    public Host Without(string name)
    {
        registers.RemoveAll(register => register.Id == RegisterNames.Get(name).Value);
        return this;
    }

    public Host WithoutMasks()
    {
        hasMasks = false;
        return this;
    }

    public Host Refusing(string name, Errno errno)
    {
        refusedAtHome[RegisterNames.Get(name).Value] = errno;
        return this;
    }

    public Host TakingImplementationIds()
    {
        implementationIdsWritable = true;
        return this;
    }

    public VcpuRegisters Facts() => new(registers, hasMasks ? masks : null, refusedAtHome, implementationIdsWritable);
}
