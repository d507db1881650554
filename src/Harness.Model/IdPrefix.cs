using System.Globalization;

namespace Harness.Model;

/// <summary>The first digits of ids, or all of them.</summary>
/// <param name="Bits">As a number.</param>
/// <param name="Digits">How many; from 1 to <see cref="CaseId.Digits"/>.</param>
public readonly record struct IdPrefix(ulong Bits, int Digits)
{
    /// <summary>Only one case has it.</summary>
    public bool IsWhole => Digits == CaseId.Digits;

    /// <summary>Null where no id begins so.</summary>
    public static IdPrefix? Parse(string text) =>
        text.Length is > 0 and <= CaseId.Digits
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? new IdPrefix(bits, text.Length)
            : null;

    /// <summary>Whether an id, as <see cref="CaseId.Number"/> has it, begins so.</summary>
    public bool Fits(ulong id) => id >> (4 * (CaseId.Digits - Digits)) == Bits;
}
