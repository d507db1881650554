using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Reports.Html;

/// <summary>Some bits of a descriptor, named.</summary>
/// <param name="Bits">"5:2".</param>
/// <param name="Value">In binary, or hexadecimal for an address.</param>
internal sealed record DescriptorField(string Bits, string Name, string Value, string Means);

/// <summary>
/// A stage-2 leaf as a report shows it, bit by bit. VMSAv8-64: Arm ARM D8.3 (formats) and D8.6 (MemAttr with and without
/// FEAT_S2FWB); arch/arm64/kvm/hyp/pgtable.c.
/// </summary>
/// <param name="Of">The access or change after which it was read: "read", "munmap".</param>
/// <param name="Raw">The 64 bits.</param>
/// <param name="Level">3 for a page.</param>
internal sealed partial record Descriptor(string Of, ulong Raw, int Level)
{
    /// <summary>Out of the stored lines: "read: 0x00000000524004db level 3: MemAttr=...". Others are left out.</summary>
    public static IReadOnlyList<Descriptor> Read(string? details) => details is null ? [] :
        [.. details.Split('\n').Select(l => Form().Match(l)).Where(m => m.Success).Select(m => new Descriptor(
            m.Groups[1].Value, ulong.Parse(m.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture), m.Groups[3].Value[0] - '0'))];

    /// <summary>From the highest bit down.</summary>
    /// <param name="fwb">HCR_EL2.FWB is in force; null where that is not known.</param>
    /// <param name="lpa2">The tables may be in the 52-bit format, in which SH holds address bits.</param>
    public IReadOnlyList<DescriptorField> Fields(bool? fwb, bool lpa2) =>
    [
        Field(58, 55, "software", v => v == 0 ? "nothing" : "KVM's own"),
        Field(54, 53, "XN", v => v is 0 or 3 ? "EL1 may execute" : "EL1 may not execute"),
        Field(52, 52, "contiguous", v => v == 0 ? "no" : "one of a contiguous set"),
        Field(51, 51, "DBM", v => v == 0 ? "no" : "hardware marks it dirty"),
        new("47:12", "address", $"0x{Raw & 0x0000_ffff_ffff_f000:x}", "output address"),
        Field(10, 10, "AF", v => v == 0 ? "not accessed yet" : "accessed"),
        Field(9, 8, "SH", v => lpa2 ? "shareability, or address bits 51:50 (LPA2)" : v switch { 0 => "non-shareable", 2 => "outer shareable", 3 => "inner shareable", _ => "reserved" }),
        Field(7, 6, "S2AP", v => v switch { 0 => "no access", 1 => "read", 2 => "write", _ => "read and write" }),
        Field(5, 2, "MemAttr", v => Type(v, fwb)),
        Field(1, 0, "type", v => (v, Level) switch { (3, 3) => "page", (1, < 3) => $"block at level {Level}", (3, _) => "table", _ => "not valid" }),
    ];

    private DescriptorField Field(int high, int low, string name, Func<int, string> means)
    {
        int width = high - low + 1;
        int value = (int)(Raw >> low) & ((1 << width) - 1);
        return new DescriptorField(high == low ? $"{high}" : $"{high}:{low}", name, "0b" + Convert.ToString(value, 2).PadLeft(width, '0'), means(value));
    }

    private static string Type(int attr, bool? fwb) => (fwb, attr) switch
    {
        (_, 0b0001) => "Device-nGnRE",
        (_, 0b0101) => "Normal non-cacheable",
        (not true, 0b1111) => "Normal write-back",
        (not false, 0b0110) => "Normal write-back, forced (FWB)",
        _ => "no encoding that KVM writes",
    };

    [GeneratedRegex("^([^:]+): 0x([0-9a-f]{16}) level ([0-3])")]
    private static partial Regex Form();
}
