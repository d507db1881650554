namespace Harness.Model.Tags;

/// <summary>
/// What is done with the memory tags of a VM, and what each act returns or finds. Each is done whatever became of the
/// one before. The process has memory for every slot, and has not accessed it.
/// </summary>
/// <param name="Names">The acts by name, joined by commas.</param>
public sealed record TagCase(string Names) : Case(BackingOf(Names), VmaWritable: true)
{
    /// <summary>What the keys begin with, and the class of such cases in stored results.</summary>
    public const string KeyWord = "tags";

    /// <summary>Each act has a tag of its own, and no tag is 0.</summary>
    public const int MostActs = 15;

    /// <summary>The pages of each slot.</summary>
    public const int Pages = 2;

    private Once<Case, IReadOnlyList<TagAct>> _acts;

    public IReadOnlyList<TagAct> Acts => _acts.Of(this, static c => ActsOf(((TagCase)c).Names));

    /// <summary>The guest does something.</summary>
    public bool HasGuest => Acts.Any(a => a.ByGuest);

    /// <summary>The tag that an act stores.</summary>
    public static byte TagOf(int act) => (byte)(act + 1);

    /// <summary>The memory behind a place.</summary>
    public static Backing BackingOf(TagPlace place) =>
        place switch
        {
            TagPlace.Shared => Harness.Model.Backing.Plain with { Sharing = Sharing.Shared },
            TagPlace.Driver => Driver(KernelMap.Unknown),
            TagPlace.DriverKnown => Driver(KernelMap.Known),
            _ => Harness.Model.Backing.Plain,
        };

    protected override string? Restriction() =>
        Acts.Count > MostActs ? $"there are {MostActs} tags, and one for each act"
        : Acts.TakeWhile(a => a.Verb != TagVerb.Vcpu).Any(a => a.ByGuest) ? "a guest needs a vCPU"
        : Acts.Count(a => a.Verb == TagVerb.Vcpu) > 1 ? "the VM has one vCPU"
        : Acts.Where(a => a.Verb == TagVerb.Slot).GroupBy(a => a.Place).Any(g => g.Count() > 1)
            ? "a slot is registered once"
        : Acts.TakeWhile(a => a.Verb != TagVerb.Enable).Any(a => a is { Verb: TagVerb.Slot, Place: TagPlace.Shared })
        && Acts.Any(a => a.Verb == TagVerb.Enable)
        && Acts.Any(a => a.ByGuest && a.Place == TagPlace.Shared)
            ? "6.1 refuses shared memory when a guest with tags faults on it, too, which no other case has"
        : null;

    private static TagAct[] ActsOf(string names) => [.. names.Split(',').Select(TagAct.Parse)];

    private static Backing BackingOf(string names) =>
        ActsOf(names)
            .Where(a => !a.OfVm)
            .Select(a => BackingOf(a.Place))
            .OrderByDescending(b => b.Driver)
            .FirstOrDefault(Harness.Model.Backing.Plain);

    private static Backing Driver(KernelMap memory) =>
        new(VmaKind.PfnMap, memory, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false);
}
