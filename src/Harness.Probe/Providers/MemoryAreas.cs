using System.Globalization;
using Harness.Probe.Native;

namespace Harness.Probe.Providers;

/// <summary>The entries of /proc/self/smaps for a range of addresses.</summary>
internal readonly struct MemoryAreas
{
    private MemoryAreas(ulong hugeBytes, string flags)
    {
        HugeBytes = hugeBytes;
        Flags = flags;
    }

    /// <summary>AnonHugePages, in bytes.</summary>
    public ulong HugeBytes { get; }

    /// <summary>VmFlags of the last area: "rd wr mr mw me pf".</summary>
    public string Flags { get; }

    /// <summary>Null with the errno if it can't be read.</summary>
    /// <param name="address">The first.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="errno">0, or the errno.</param>
    public static MemoryAreas? Read(ulong address, ulong size, out int errno)
    {
        string? text = SmallFile.ReadText("/proc/self/smaps", out errno);
        if (text is null)
            return null;
        bool inside = false;
        ulong huge = 0;
        string flags = "";
        foreach (string line in text.Split('\n'))
        {
            // "7f0000000000-7f0000200000 rw-p ..." begins an area; "Name: value" belongs to it.
            int dash = line.IndexOf('-'),
                space = line.IndexOf(' ');
            if (
                dash > 0
                && dash < space
                && ulong.TryParse(
                    line.Substring(0, dash),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture,
                    out ulong from
                )
                && ulong.TryParse(
                    line.Substring(dash + 1, space - dash - 1),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture,
                    out ulong to
                )
            )
                inside = from < address + size && to > address;
            else if (inside && line.StartsWith("AnonHugePages:", StringComparison.Ordinal))
                huge += ulong.Parse(line.Substring(14).Replace("kB", "").Trim(), CultureInfo.InvariantCulture) << 10;
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
                flags = line.Substring(8).Trim();
        }
        return new MemoryAreas(huge, flags);
    }
}
