using Harness.Cases.Families;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Ownership;
using Harness.Model.Programs;

namespace Harness.Cases;

/// <summary>
/// All cases: the points of the <see cref="CaseSpace"/>, which vary all inputs of the decision at once, and the
/// families, each of which varies one more dimension over a few of them.
/// </summary>
public static class AllCases
{
    /// <summary>The family of the cases in the input space.</summary>
    public const string Core = "core";

    /// <summary>Fewer digits are not taken for the beginning of an id.</summary>
    private const int ShortestId = 4;

    /// <summary>The families of cases outside the input space.</summary>
    public static IReadOnlyList<CaseFamily> Families { get; } =
    [
        Sequences.Family,
        SlotShapes.Family,
        LiveChanges.Family,
        DeviceChanges.Family,
        RunningChanges.Family,
        Providers.Family,
        Guests.Family,
        Syndromes.Family,
        NextPages.Family,
        Programs.Family,
        Lifecycles.Family,
        HotplugMemory.Family,
        Capabilities.Family,
        SlotCallFamily.Family,
        CacheFamily.Family,
        Widths.Family,
        Aborts.Family,
        Tags.Family,
        FullRings.Family,
        NestedFamily.Family,
    ];

    /// <summary>The page ownership cases.</summary>
    public static IReadOnlyList<LifecycleCase> LifecycleCases => OfLifecycles.Value;

    private static readonly Lazy<IReadOnlyList<LifecycleCase>> OfLifecycles = new(() =>
        [.. Lifecycles.Family.Cases.Cast<LifecycleCase>()]
    );

    /// <summary>The cases about memory attributes, in the order of <see cref="Cases"/>.</summary>
    public static IReadOnlyList<AttributeCase> AttributeCases => OfAttributes.Value;

    private static readonly Lazy<IReadOnlyList<AttributeCase>> OfAttributes = new(() =>
        [.. Cases.OfType<AttributeCase>()]
    );

    private static readonly Lazy<IReadOnlyList<Case>> Everything = new(() =>
        [.. CaseSpace.Buildable, .. Families.SelectMany(f => f.Cases)]
    );

    /// <summary>As <see cref="Cases"/>, each made when it is reached.</summary>
    internal static IEnumerable<Case> OneByOne() => CaseSpace.OneByOne().Concat(Families.SelectMany(f => f.Cases));

    /// <summary>The attributes that filters select cases by, in the order of stored results.</summary>
    private static readonly Lazy<Dictionary<string, Func<Case, string>>> Readers = new(() =>
        new(CaseText.Readers)
        {
            [CaseDimensions.Family.Name] = FamilyOf,
            [CaseDimensions.Cover.Name] = c => Dimension.Word(Cover.Keys.Contains(c.Key)),
        }
    );

    /// <summary>
    /// The cases that safety properties are evaluated on: the input space, and discontiguous memory, which is not in
    /// the space.
    /// </summary>
    public static IReadOnlyList<AttributeCase> Audited => Space.Value;

    private static readonly Lazy<IReadOnlyList<AttributeCase>> Space = new(() =>
        [.. CaseSpace.Buildable, .. Providers.Family.Cases.OfType<AttributeCase>().Where(c => c.Backing.Scattered)]
    );

    /// <summary>The input space's first, then family by family.</summary>
    public static IReadOnlyList<Case> Cases => Everything.Value;

    /// <summary>The name of the case's family.</summary>
    public static string FamilyOf(Case c) =>
        c is ProgramCase ? Programs.Family.Name
        : CaseSpace.PositionOf(c.Key) is null
        && Families.FirstOrDefault(f => f.WithKey(c.Key) is not null) is { } family
            ? family.Name
        : Core;

    /// <summary>
    /// The attributes that filters select cases by: those of its content, its family, and whether it is in the quick
    /// set.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Attributes(Case c) =>
        new Dictionary<string, string>(Readers.Value.Select(r => KeyValuePair.Create(r.Key, r.Value(c))));

    /// <summary>The families with a description of each.</summary>
    public static Dimension FamilyDimension { get; } =
        CaseDimensions.Family with
        {
            Open = false,
            Values =
            [
                new(Core, "all inputs of the decision at once"),
                .. Families.Select(f => new DimensionValue(f.Name, f.Says)),
            ],
        };

    /// <summary>The keys of a filter.</summary>
    public static IReadOnlyList<FilterKey> FilterKeys { get; } =
    [
        .. FilterKey.Names,
        .. CaseDimensions.Attributes.Select(FilterKey.Of),
        FilterKey.Of(FamilyDimension),
        FilterKey.Of(CaseDimensions.Cover),
    ];

    /// <summary>The case with this key, or null if there is none.</summary>
    public static Case? WithKey(string key) =>
        CaseSpace.WithKey(key)
        ?? Families.Select(f => f.WithKey(key)).FirstOrDefault(c => c is not null)
        ?? Programs.Parse(key);

    /// <summary>The case with this key or with an id that begins so; null if none or several match.</summary>
    public static Case? Find(string idOrKey)
    {
        // A key has spaces, an id has none.
        if (idOrKey.Contains(' ', StringComparison.Ordinal))
            return WithKey(idOrKey);
        if (idOrKey.Length < ShortestId || IdPrefix.Parse(idOrKey) is not { } prefix)
            return null;
        return WithId(prefix).Take(prefix.IsWhole ? 1 : 2).ToList() is [var only] ? only : null;
    }

    /// <summary>The value of an attribute of <see cref="FilterKeys"/>.</summary>
    public static string Attribute(Case c, string name) => Readers.Value[name](c);

    private static IEnumerable<Case> WithId(IdPrefix prefix) =>
        CaseSpace
            .PositionsOf(prefix.Fits)
            .Select(CaseSpace.At)
            .Concat(Families.SelectMany(f => f.Cases).Where(c => prefix.Fits(CaseId.Number(c.Key))))!;
}
