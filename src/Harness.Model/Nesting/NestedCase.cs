namespace Harness.Model.Nesting;

/// <summary>
/// A guest hypervisor with a stage 2 of its own, and its guest, which accesses pages: what each access comes to, and
/// what the shadow stage 2 has of the page then. Each page is another address, so that nothing is left of the one
/// before.
/// </summary>
/// <param name="Names">The acts by name, joined by commas; the first begins a page.</param>
public sealed record NestedCase(string Names) : Case(BackingOf(Names), VmaWritable: true)
{
    /// <summary>What the keys begin with, and the class of such cases in stored results.</summary>
    public const string KeyWord = "nested";

    /// <summary>A slot has room for so many pages.</summary>
    public const int MostPages = 15;

    /// <summary>What the nested guest stores: UDF as an instruction.</summary>
    public const uint StoredValue = 0x5a5a;

    private const uint FirstWord = 0x100; // UDF, too

    private Once<Case, IReadOnlyList<NestedAct>> _acts;

    public IReadOnlyList<NestedAct> Acts => _acts.Of(this, static c => ActsOf(((NestedCase)c).Names));

    /// <summary>How many acts make KVM drop all that a shadow has.</summary>
    public int Drops => Acts.Count(a => a.DropsAll);

    /// <summary>What the process stores to each page before the guest runs.</summary>
    public static uint WordOf(int page) => FirstWord + (uint)page;

    protected override string? Restriction() => null;

    private static NestedAct[] ActsOf(string names)
    {
        NestedAct[] acts = [.. names.Split(',').Select(NestedAct.Parse)];
        if (acts[0].Deed != NestedDeed.Page || acts.Count(a => a.Deed == NestedDeed.Page) > MostPages)
            throw new ArgumentException(
                $"the first act begins a page, and there are at most {MostPages}",
                nameof(names)
            );
        return acts;
    }

    /// <summary>The memory with most needs.</summary>
    private static Backing BackingOf(string names) =>
        ActsOf(names).Where(a => a.Deed == NestedDeed.Page).Select(a => a.Memory).DefaultIfEmpty().Max().Backing();
}
