namespace Harness.Model.Registers;

/// <summary>
/// Which of two values of an ID register field is the safe one: enum ftr_type in arch/arm64/include/asm/cpufeature.h.
/// </summary>
public enum FieldSafety : byte
{
    /// <summary>FTR_LOWER_SAFE.</summary>
    Lower,

    /// <summary>FTR_HIGHER_SAFE.</summary>
    Higher,

    /// <summary>FTR_HIGHER_OR_ZERO_SAFE.</summary>
    HigherOrZero,

    /// <summary>FTR_EXACT: if two values differ, neither is safe; the field's table has the safe value.</summary>
    Exact,
}

/// <summary>A field of an ID register in the kernel's feature tables.</summary>
/// <param name="Name">As in arch/arm64/tools/sysreg.</param>
/// <param name="Shift">Its lowest bit.</param>
/// <param name="Width">Its width in bits.</param>
/// <param name="Safety">Which value is safe.</param>
/// <param name="Signed">Whether it is signed; null if kernels differ.</param>
/// <param name="SafeValue">For <see cref="FieldSafety.Exact"/>: the safe value.</param>
public sealed record IdField(string Name, int Shift, int Width, FieldSafety Safety, bool? Signed, long SafeValue)
{
    /// <summary>Its bits in the register.</summary>
    public ulong Mask => (1UL << Width) - 1 << Shift;

    /// <summary>The field of a register's value, unsigned.</summary>
    public ulong Of(ulong register) => (register & Mask) >> Shift;

    /// <summary>
    /// Whether userspace may set the field to <paramref name="wanted"/> if the host's own value is <paramref
    /// name="limit"/> (fields, unsigned); null if kernels differ.
    /// </summary>
    public bool? Allows(ulong wanted, ulong limit)
    {
        if (Signed is { } signed)
        {
            return Allows(wanted, limit, signed);
        }

        var one = Allows(wanted, limit, true);
        return one == Allows(wanted, limit, false) ? one : null;
    }

    // arm64_ftr_safe_value(), as arm64_check_features() uses it: a value is accepted if it is the safe one of the two.
    private bool Allows(ulong wanted, ulong limit, bool signed)
    {
        long Number(ulong bits) => signed && bits >> Width - 1 != 0 ? (long)bits - (1L << Width) : (long)bits;
        var (want, have) = (Number(wanted), Number(limit));
        var safe = Safety switch
        {
            _ when want == have => want,
            FieldSafety.Lower => Math.Min(want, have),
            FieldSafety.HigherOrZero when want == 0 || have == 0 => 0,
            FieldSafety.Higher or FieldSafety.HigherOrZero => Math.Max(want, have),
            _ => SafeValue,
        };
        return want == safe;
    }
}
