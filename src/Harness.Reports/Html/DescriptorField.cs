using Harness.Model.Outcomes;

namespace Harness.Reports.Html;

/// <summary>
/// Some bits of a stage-2 leaf, named. VMSAv8-64: Arm ARM D8.3 (formats) and D8.6 (MemAttr with and without
/// FEAT_S2FWB); arch/arm64/kvm/hyp/pgtable.c.
/// </summary>
/// <param name="Bits">"5:2".</param>
/// <param name="Value">In binary, or hexadecimal for an address.</param>
internal sealed record DescriptorField(string Bits, string Name, string Value, string Means)
{
    /// <summary>From the highest bit down.</summary>
    /// <param name="fwb">HCR_EL2.FWB is in effect; null if that is unknown.</param>
    /// <param name="lpa2">The tables may be in the 52-bit format, in which SH holds address bits.</param>
    public static IReadOnlyList<DescriptorField> Of(StageTwoDescriptor d, bool? fwb, bool lpa2) =>
        [
            Field(d, 58, 55, "software", v => v == 0 ? "nothing" : "KVM's own"),
            Field(d, 54, 53, "XN", v => v is 0 or 3 ? "EL1 may execute" : "EL1 may not execute"),
            Field(d, 52, 52, "contiguous", v => v == 0 ? "no" : "one of a contiguous set"),
            Field(d, 51, 51, "DBM", v => v == 0 ? "no" : "hardware marks it dirty"),
            new("47:12", "address", $"0x{d.Raw & 0x0000_ffff_ffff_f000:x}", "output address"),
            Field(d, 10, 10, "AF", v => v == 0 ? "not accessed yet" : "accessed"),
            Field(d, 9, 8, "SH", v => lpa2
                    ? "shareability, or address bits 51:50 (LPA2)"
                    : v switch
                    {
                        0 => "non-shareable",
                        2 => "outer shareable",
                        3 => "inner shareable",
                        _ => "reserved",
                    }),
            Field(d, 7, 6, "S2AP", v => v switch
                {
                    0 => "no access",
                    1 => "read",
                    2 => "write",
                    _ => "read and write",
                }),
            Field(d, 5, 2, "MemAttr", v => Type(v, fwb)),
            Field(d, 1, 0, "type", v => (v, d.Level) switch
                {
                    (3, 3) => "page",
                    (1, < 3) => $"block at level {d.Level}",
                    (3, _) => "table",
                    _ => "not valid",
                }),
        ];

    private static DescriptorField Field(StageTwoDescriptor d, int high, int low, string name, Func<int, string> means)
    {
        int width = high - low + 1;
        int value = (int)(d.Raw >> low) & ((1 << width) - 1);
        return new DescriptorField(
            high == low ? $"{high}" : $"{high}:{low}",
            name,
            "0b" + Convert.ToString(value, 2).PadLeft(width, '0'),
            means(value)
        );
    }

    private static string Type(int attr, bool? fwb) =>
        (fwb, attr) switch
        {
            (_, 0b0001) => "Device-nGnRE",
            (_, 0b0101) => "Normal non-cacheable",
            (not true, 0b1111) => "Normal write-back",
            (not false, 0b0110) => "Normal write-back, forced (FWB)",
            _ => "no encoding that KVM writes",
        };
}
