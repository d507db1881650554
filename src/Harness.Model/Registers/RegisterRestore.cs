namespace Harness.Model.Registers;

/// <summary>
/// What a host does when userspace restores vCPU registers that were saved on another host: KVM_SET_ONE_REG of each, in
/// the order of the source's KVM_GET_REG_LIST, on a vCPU of a VM that never ran.
/// </summary>
public static class RegisterRestore
{
    /// <summary>
    /// The registers of the source that the destination refuses, or may refuse, in the source's order.
    /// </summary>
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
    /// Where a VMM that requires every register stops: at the first that is certainly refused, or at one before it that
    /// may be refused. In the source's order; only the last can be certain. Empty if it doesn't stop.
    /// </summary>
    /// <param name="refused">What <see cref="Predict"/> returned.</param>
    public static IReadOnlyList<RefusedRegister> First(IReadOnlyList<RefusedRegister> refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return
        [
            .. refused.TakeWhile(register => !register.Certain),
            .. refused.Where(register => register.Certain).Take(1),
        ];
    }

    private static RefusedRegister? Judge(
        RegisterId id,
        VcpuRegisters source,
        VcpuRegisters destination,
        List<RefusedRegister> before
    )
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
            ? new(
                id,
                same ? [atHome] : [.. new[] { atHome, Errno.EINVAL }.Distinct()],
                same,
                RegisterRules.Home,
                same ? "the value that it refused" : "another value than it refused"
            )
            : refusal with
            {
                Errnos = [.. refusal.Errnos.Append(atHome).Distinct()],
            };
    }

    private static RefusedRegister? Differing(RegisterId id, VcpuRegisters source, VcpuRegisters destination) =>
        id.Kind switch
        {
            RegisterKind.System when IdRegisterRestore.IsIdRegister(id) => IdRegisterRestore.IdRegister(
                id,
                source[id]!.Value,
                destination[id]!.Value,
                destination
            ),
            RegisterKind.System => OtherRegisterRestore.SystemRegister(id, source[id], destination),
            RegisterKind.Ccsidr => OtherRegisterRestore.CacheGeometry(
                id,
                source[id]!.Value,
                destination[id]!.Value,
                destination
            ),
            RegisterKind.Firmware => OtherRegisterRestore.Firmware(id, source[id]!.Value, destination[id]!.Value),
            RegisterKind.FirmwareBitmap => OtherRegisterRestore.Bitmap(id, source[id]!.Value, destination[id]!.Value),
            RegisterKind.Core when id == RegisterId.ProcessorState => OtherRegisterRestore.State(
                id,
                source[id]!.Value,
                destination[id]!.Value,
                destination
            ),
            RegisterKind.Sve when id == RegisterId.VectorLengths => OtherRegisterRestore.VectorLengths(
                id,
                source.Bytes(id)!,
                destination.Bytes(id)!
            ),
            _ => null,
        };

    /// <summary>
    /// Registers that exist only while the VM's ID registers have their feature. The ID registers precede them in every
    /// kernel's list, so the source's values count, if the destination accepted them.
    /// </summary>
    private static RefusedRegister? Hidden(
        RegisterId id,
        VcpuRegisters source,
        VcpuRegisters destination,
        List<RefusedRegister> before
    )
    {
        if (
            RegisterNames.Find(id)?.Needs.Split('.') is not [var register, var field]
            || source.Field(register, field) != 0
            || destination.Field(register, field) is null or 0
            || before.Any(earlier => earlier.Certain && earlier.Id == RegisterNames.Get(register))
        )
        {
            return null;
        }

        // 6.12 lists TCR2_EL1, PIR_EL1 and PIRE0_EL1 regardless of the ID registers, and hides the others.
        // KVM_REG_ARM_VENDOR_HYP_BMAP_2 was added in 6.15, which hides all of them.
        var hides = field is not ("TCRX" or "S1PIE") || destination.Has(RegisterId.FirmwareBitmap(3));
        var taken = before.All(earlier => earlier.Id != RegisterNames.Get(register));
        return new(id, [Errno.ENOENT], hides && taken, RegisterRules.Hidden, $"{register}.{field} is restored as 0");
    }
}
