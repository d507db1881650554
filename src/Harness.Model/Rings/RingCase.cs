using Harness.Model.Programs;

namespace Harness.Model.Rings;

/// <summary>
/// A guest that stores to page after page of a logged slot, with the smallest ring, and a VMM that reads and resets it:
/// what each act returns. A run of the guest goes up to its last page, or to an exit.
/// </summary>
/// <param name="Names">The acts by name, joined by commas.</param>
public sealed record RingCase(string Names) : Case(Backing.Plain, VmaWritable: true)
{
    /// <summary>What the keys begin with, and the class of such cases in stored results.</summary>
    public const string KeyWord = "ring";

    /// <summary>The pages of the slot.</summary>
    public const int Pages = 512;

    /// <summary>The entries of the ring: a page of 4 KiB, and 16 bytes each.</summary>
    public const int Entries = 256;

    private Once<Case, IReadOnlyList<RingAct>> _acts;

    public IReadOnlyList<RingAct> Acts => _acts.Of(this, static c => ActsOf(((RingCase)c).Names));

    /// <summary>A program in a VM of the same kind: whether it can have rings is decided for that.</summary>
    public static ProgramCase Setting { get; } =
        new(
            Backing.Plain,
            true,
            SlotFlags.LogDirtyPages,
            new SlotAccess(Access.Write, SlotPage.First),
            new DirtyRingRead()
        )
        {
            Tracking = new DirtyTracking { Ring = DirtyRing.WithBitmap },
        };

    protected override string? Restriction()
    {
        var state = new RingState();
        foreach (var act in Acts)
        {
            if (act.Verb == RingVerb.Run && !state.IsStopped)
                return "a guest that has reported has nothing more to do";
            if (act.Verb == RingVerb.Store && state.Next + act.Count > Pages)
                return $"the slot has {Pages} pages";
            state.Take(act);
        }
        return null;
    }

    private static RingAct[] ActsOf(string names) => [.. names.Split(',').Select(RingAct.Parse)];
}
