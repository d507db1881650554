using Harness.Model;

namespace Harness.Analysis.Coverage;

/// <summary>One part of the decision in progress that a rule's change can set, and its possible values.</summary>
/// <param name="Name">A description.</param>
/// <param name="Read">The index of its value.</param>
/// <param name="Values">A description of each, and how it is set.</param>
internal sealed record DecisionPart(
    string Name,
    DecisionPart.Reader Read,
    IReadOnlyList<(string Word, DecisionPart.Setter Set)> Values
)
{
    public delegate int Reader(in Situation s);

    /// <param name="s">The situation to set.</param>
    /// <param name="before">Its state before the rule.</param>
    public delegate void Setter(ref Situation s, in Situation before);

    /// <summary>
    /// All of them: every settable property of <see cref="Situation"/>, except those that Policy itself sets.
    /// </summary>
    public static IReadOnlyList<DecisionPart> All { get; } =
    [
        new(
            "the draft's type",
            (in s) => (int)s.Draft.Type,
            [
                ("write-back", (ref s, in _) => s.Draft = s.Draft with { Type = MemoryType.NormalWriteBack }),
                ("non-cacheable", (ref s, in _) => s.Draft = s.Draft with { Type = MemoryType.NormalNonCacheable }),
                ("Device", (ref s, in _) => s.Draft = s.Draft with { Type = MemoryType.DeviceNGnRE }),
            ]
        ),
        YesNo(
            "the draft's write permission",
            (in s) => s.Draft.Write,
            (ref s, v) => s.Draft = s.Draft with { Write = v }
        ),
        YesNo(
            "the draft's execute permission",
            (in s) => s.Draft.Execute,
            (ref s, v) => s.Draft = s.Draft with { Execute = v }
        ),
        YesNo("the draft's block", (in s) => s.Draft.Block, (ref s, v) => s.Draft = s.Draft with { Block = v }),
        YesNo("writable", (in s) => s.Writable, (ref s, v) => s.Writable = v),
        YesNo("VMA writable", (in s) => s.VmaWritable, (ref s, v) => s.VmaWritable = v),
        YesNo("inaccessible", (in s) => s.Inaccessible, (ref s, v) => s.Inaccessible = v),
        YesNo("missing", (in s) => s.Missing, (ref s, v) => s.Missing = v),
        YesNo("no slot", (in s) => s.NoSlot, (ref s, v) => s.NoSlot = v),
        YesNo("guest memory closed", (in s) => s.GuestMemoryClosed, (ref s, v) => s.GuestMemoryClosed = v),
        YesNo("device", (in s) => s.Device, (ref s, v) => s.Device = v),
        YesNo("forced non-cacheable", (in s) => s.ForcedNonCacheable, (ref s, v) => s.ForcedNonCacheable = v),
        YesNo("cacheable device memory", (in s) => s.CacheableDeviceMemory, (ref s, v) => s.CacheableDeviceMemory = v),
        YesNo("copied on write", (in s) => s.CopiedOnWrite, (ref s, v) => s.CopiedOnWrite = v),
        new(
            "the old leaf",
            (in s) => s.Leaf is null ? 0 : 1,
            [("gone", (ref s, in _) => s.Leaf = null), ("kept", (ref s, in before) => s.Leaf = before.Leaf)]
        ),
        .. Enum.GetValues<Unspecified>().Where(flag => flag != Unspecified.None).Select(LeftOpen),
    ];

    /// <summary>
    /// The parts that a change sets in a situation, each with its new value. Found by applying the change to every
    /// value of every part, since setting the existing value has no visible effect.
    /// </summary>
    public static IReadOnlyList<(DecisionPart Part, int Value)> SetBy(Change change, in Situation s)
    {
        var before = s;
        before.Leaf ??= new Leaf(MemoryType.NormalWriteBack, Write: false, Execute: false);
        var set = new List<(DecisionPart, int)>();
        foreach (var part in All)
            for (int value = 0; value < part.Values.Count; value++)
            {
                var trial = before;
                part.Values[value].Set(ref trial, in before);
                change(ref trial);
                if (part.Read(in trial) is int after && after != value)
                {
                    set.Add((part, after));
                    break;
                }
            }
        return set;
    }

    private delegate bool BoolReader(in Situation s);

    private delegate void BoolSetter(ref Situation s, bool value);

    private static DecisionPart YesNo(string name, BoolReader read, BoolSetter set) =>
        new(
            name,
            (in s) => read(in s) ? 1 : 0,
            [("no", (ref s, in _) => set(ref s, false)), ("yes", (ref s, in _) => set(ref s, true))]
        );

    private static DecisionPart LeftOpen(Unspecified flag) =>
        YesNo(
            $"what is left open ({flag})",
            (in s) => (s.Unspecified & flag) != 0,
            (ref s, v) => s.Unspecified = v ? s.Unspecified | flag : s.Unspecified & ~flag
        );
}
