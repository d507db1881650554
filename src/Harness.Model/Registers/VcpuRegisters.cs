using System.Buffers.Binary;
using System.Collections.Frozen;

namespace Harness.Model.Registers;

/// <summary>The registers of a vCPU on one host, and what the host reports about them.</summary>
/// <remarks>
/// For a destination: those of a vCPU that was just created as on the source (the same KVM_ARM_VCPU_INIT, the same
/// capabilities of the VM). The initial values that KVM gives such a vCPU are the host's.
/// </remarks>
public sealed class VcpuRegisters
{
    private readonly FrozenDictionary<ulong, byte[]> byId;

    /// <param name="registers">
    /// Ids with values in memory order, in the order of KVM_GET_REG_LIST. A duplicate id counts once.
    /// </param>
    /// <param name="writableMasks">
    /// By the id of the ID register, the bits that userspace may change, from KVM_ARM_GET_REG_WRITABLE_MASKS: a
    /// register that isn't in it has none. Null if the kernel has no such call, before 6.7.
    /// </param>
    /// <param name="refusedAtHome">
    /// Ids of registers that the host refused to set to their own values, with the errno.
    /// </param>
    /// <param name="implementationIdsWritable">
    /// Whether KVM_CAP_ARM_WRITABLE_IMP_ID_REGS (6.15) is enabled for the VM.
    /// </param>
    /// <exception cref="ArgumentException">A value doesn't have the size given by its id.</exception>
    public VcpuRegisters(
        IReadOnlyList<(ulong Id, byte[] Value)> registers,
        IReadOnlyDictionary<ulong, ulong>? writableMasks,
        IReadOnlyDictionary<ulong, Errno> refusedAtHome,
        bool implementationIdsWritable = false
    )
    {
        ArgumentNullException.ThrowIfNull(registers);
        ArgumentNullException.ThrowIfNull(refusedAtHome);
        foreach (var (id, value) in registers)
        {
            if (value.Length != new RegisterId(id).Bytes)
            {
                throw new ArgumentException(
                    $"{new RegisterId(id).Name}: {value.Length} bytes where its id says {new RegisterId(id).Bytes}",
                    nameof(registers)
                );
            }
        }

        var distinct = registers.DistinctBy(register => register.Id).ToList();
        Ids = [.. distinct.Select(register => new RegisterId(register.Id))];
        byId = distinct.ToFrozenDictionary(register => register.Id, register => register.Value);
        WritableMasks = writableMasks;
        RefusedAtHome = refusedAtHome;
        ImplementationIdsWritable = implementationIdsWritable;
        HasCachesOfCpu = Place("CLIDR_EL1") is { } clidr && Place("DBGBVR0_EL1") is { } first ? clidr < first : null;

        int? Place(string name) =>
            distinct.FindIndex(register => register.Id == RegisterNames.Get(name).Value) is >= 0 and var at ? at : null;
    }

    /// <summary>The ids in the list's order, which is the order in which a VMM restores.</summary>
    public IReadOnlyList<RegisterId> Ids { get; }

    /// <summary>By an ID register's id, the bits that userspace may change; null before 6.7.</summary>
    public IReadOnlyDictionary<ulong, ulong>? WritableMasks { get; }

    /// <summary>Ids of registers that the host refused to set to their own values, with the errno.</summary>
    public IReadOnlyDictionary<ulong, Errno> RefusedAtHome { get; }

    /// <summary>Whether the VM's MIDR_EL1, REVIDR_EL1 and AIDR_EL1 may be set to another CPU's.</summary>
    public bool ImplementationIdsWritable { get; }

    /// <summary>
    /// Whether the kernel exposes the caches of the CPU that it runs on, and no others, before 6.3: CLIDR_EL1 is then
    /// one of the invariant registers, which are listed before all other system registers. Null if the list doesn't
    /// show that.
    /// </summary>
    public bool? HasCachesOfCpu { get; }

    /// <summary>Whether the kernel lists the register.</summary>
    public bool Has(RegisterId id) => byId.ContainsKey(id.Value);

    /// <summary>The bytes in memory order; null if the register isn't listed.</summary>
    public IReadOnlyList<byte>? Bytes(RegisterId id) => byId.GetValueOrDefault(id.Value);

    /// <summary>The value of a register of at most 64 bits; null if it isn't listed or is wider.</summary>
    public ulong? this[RegisterId id]
    {
        get
        {
            if (!byId.TryGetValue(id.Value, out var bytes) || bytes.Length > sizeof(ulong))
            {
                return null;
            }

            Span<byte> wide = stackalloc byte[sizeof(ulong)];
            bytes.CopyTo(wide);
            return BinaryPrimitives.ReadUInt64LittleEndian(wide);
        }
    }

    /// <summary>A field of an ID register; null if the register isn't listed.</summary>
    internal ulong? Field(string register, string field) =>
        this[RegisterNames.Get(register)] is { } value ? IdFields.Get(register, field).Of(value) : null;

    /// <summary>
    /// The bits of an ID register that userspace may change; 0 if the kernel's masks don't have it, or there are no
    /// masks.
    /// </summary>
    internal ulong Writable(RegisterId id) => WritableMasks?.GetValueOrDefault(id.Value) ?? 0;

    internal bool SameValue(RegisterId id, VcpuRegisters other) =>
        byId.TryGetValue(id.Value, out var mine)
        && other.byId.TryGetValue(id.Value, out var theirs)
        && mine.AsSpan().SequenceEqual(theirs);
}
