using Harness.Cases.Families;
using Harness.Model;
using Harness.Model.Programs;

namespace Harness.Cases;

/// <summary>What programs can be made of: slots over memory, and steps.</summary>
public static class ProgramSpace
{
    private static readonly Access[] Accesses =
    [
        Access.Read,
        Access.Write,
        Access.Execute,
        Access.LoadPair,
        Access.StorePair,
        Access.LoadPostIndexed,
        Access.StorePostIndexed,
        Access.LoadVector,
        Access.StoreVector,
    ];

    private static readonly ChangeKind[] Changes =
    [
        .. Enum.GetValues<ChangeKind>().Except([ChangeKind.Replace, ChangeKind.MoveOnto]),
    ];

    private static readonly string[] Replacements =
    [
        "anonymous:shared",
        "anonymous:private",
        "pfnmap:unknown:wb:shared",
        "pfnmap:unknown:nc:shared:any",
        "pfnmap:unknown:ngnre:shared",
        "mixedmap:known:wb:shared",
    ];

    /// <summary>Every step.</summary>
    public static IReadOnlyList<ProgramStep> Steps { get; } =
    [
        .. from vcpu in Enumerable.Range(0, ProgramCase.MostVcpus)
        from access in Accesses
        from page in SlotPages.All
        select new SlotAccess(access, page) { Vcpu = vcpu },
        .. Changes.Select(kind => new SlotChange(new LiveChange(kind))),
        .. Replacements.Select(to => new SlotChange(new LiveChange(ChangeKind.Replace, CaseSpace.BackingOf(to)))),
        .. HostStep.All,
        .. LogSteps,
    ];

    /// <summary>What is done with the dirty log.</summary>
    public static IReadOnlyList<ProgramStep> LogSteps =>
        [
            new DirtyLogRead(),
            .. Enum.GetValues<LogRange>().Select(range => new DirtyLogClear(range)),
            .. Enumerable.Range(0, ProgramCase.MostVcpus).Select(vcpu => new DirtyRingRead { Vcpu = vcpu }),
            new DirtyRingReset(),
        ];

    /// <summary>Every way in which a VM can track dirty pages.</summary>
    public static IReadOnlyList<DirtyTracking> Trackings { get; } =
    [
        .. from protection in Enum.GetValues<LogProtection>()
        from split in Enum.GetValues<SplitChunk>()
        from ring in Enum.GetValues<DirtyRing>()
        select new DirtyTracking(protection, split, ring),
    ];

    /// <summary>The memory and sizes of the listed programs, with every flag and protection.</summary>
    public static IReadOnlyList<AccessCase> Settings => All.Value;

    private static readonly Lazy<IReadOnlyList<AccessCase>> All = new(() =>
        [
            .. Programs
                .Family.Cases.Cast<ProgramCase>()
                .Select(c => c.Setting)
                .SelectMany(s =>
                    from flags in Enum.GetValues<SlotFlags>().Append(SlotFlags.ReadOnly | SlotFlags.LogDirtyPages)
                    from writable in (bool[])[true, false]
                    select s with
                    {
                        Slot = flags,
                        VmaWritable = writable,
                        Restored = s.Restored && writable,
                    }
                )
                .Distinct()
                .Where(s => new ProgramCase(s, new ProgramSteps(new DirtyLogRead())).UnsupportedReason is null),
        ]
    );
}
