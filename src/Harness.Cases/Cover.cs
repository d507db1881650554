using System.Reflection;
using Harness.Cases.Families;

namespace Harness.Cases;

/// <summary>
/// The quick set: few cases that, on each host alone, take every path of every generation of mainline, and detect
/// every mutant that any case would detect there; the programs that Programs.txt lists for it; every capability; the
/// calls about slots; some about aborts and memory tags; full rings; and what no rule asks for. Cover.txt is the output
/// of harness coverage --cover; a test compares both.
/// </summary>
public static class Cover
{
    private static readonly Lazy<IReadOnlySet<string>> Lines = new(Read);

    /// <summary>
    /// Combinations that no rule distinguishes from others, so that no mutant of a rule needs them, and that a kernel
    /// can get wrong all the same: flags of a slot by the kind of memory, a fetch after a load while logging, and
    /// memory that the hypervisor of protected mode doesn't know.
    /// </summary>
    public static IReadOnlyList<string> Pairs { get; } =
    [
        "anonymous:shared vma=rw slot=ro+log write",
        "anonymous:shared vma=rw slot=ro+log exec",
        "anonymous:shared vma=rw slot=log read,exec",
        "pfnmap:unknown:wb:shared vma=rw slot=ro read",
        "pfnmap:unknown:nc:shared vma=rw slot=ro+log read",
        "mixedmap:known:wb:shared vma=rw slot=ro+log write",
        "mixedmap:known:wb:shared vma=rw slot=ro+log exec",
        // A load finds such a page read-only anyway; of a driver's block the log makes pages.
        "mixedmap:known:wb:shared vma=rw slot=log write,write size=block then=log-off by=exporter-huge",
        "pfnmap:known:wb:shared vma=rw slot=none read by=hotplug",
    ];

    public static IReadOnlySet<string> Keys => Lines.Value;

    private static HashSet<string> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Cover.txt")!;
        using var reader = new StreamReader(stream);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            .. Programs.Quick,
            .. Pairs,
            .. Capabilities.Family.Cases.Select(c => c.Key),
            .. SlotCallFamily.Family.Cases.Select(c => c.Key),
            .. Aborts.QuickKeys,
            .. Tags.QuickKeys,
            .. FullRings.Family.Cases.Select(c => c.Key),
        ];
    }
}
