using Harness.Cases.Families;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Ownership;

namespace Harness.Cases;

/// <summary>
/// All cases: the points of the <see cref="CaseSpace"/>, which vary all inputs of the decision at once, and the
/// families, each of which varies one more dimension over a few of them.
/// </summary>
public static class AllCases
{
    /// <summary>The family of the cases in the input space.</summary>
    public const string Core = "core";

    /// <summary>The families of cases outside the input space.</summary>
    public static IReadOnlyList<CaseFamily> Families { get; } =
    [
        Sequences.Family,
        SlotShapes.Family,
        LiveChanges.Family,
        Providers.Family,
        Guests.Family,
        Syndromes.Family,
        NextPages.Family,
        Lifecycles.Family,
    ];

    /// <summary>The page ownership cases.</summary>
    public static IReadOnlyList<LifecycleCase> LifecycleCases { get; } =
    [.. Lifecycles.Family.Cases.Cast<LifecycleCase>()];

    /// <summary>The cases about memory attributes, in the order of <see cref="Cases"/>.</summary>
    public static IReadOnlyList<AttributeCase> AttributeCases => OfAttributes.Value;

    private static readonly Lazy<IReadOnlyList<AttributeCase>> OfAttributes = new(() =>
        [.. Cases.OfType<AttributeCase>()]
    );

    private static readonly Lazy<IReadOnlyList<Case>> Everything = new(() =>
        [.. CaseSpace.Buildable, .. Families.SelectMany(f => f.Cases)]
    );

    private static readonly Lazy<IReadOnlyDictionary<string, string>> FamilyOfKey = new(() =>
        Families.SelectMany(f => f.Cases.Select(c => (c.Key, f.Name))).ToDictionary(p => p.Key, p => p.Name)
    );

    private static readonly Lazy<IReadOnlyDictionary<string, Case>> ByKey = new(() =>
        Families.SelectMany(f => f.Cases).ToDictionary(c => c.Key)
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
    public static string FamilyOf(Case c) => FamilyOfKey.Value.GetValueOrDefault(c.Key, Core);

    /// <summary>
    /// The attributes that filters select cases by: those of its content, its family, and whether it is in the quick
    /// set.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Attributes(Case c) =>
        new Dictionary<string, string>(CaseText.Attributes(c))
        {
            [CaseDimensions.Family.Name] = FamilyOf(c),
            [CaseDimensions.Cover.Name] = Dimension.Word(Cover.Keys.Contains(c.Key)),
        };

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
    public static Case? WithKey(string key) => CaseSpace.WithKey(key) ?? ByKey.Value.GetValueOrDefault(key);

    /// <summary>The case with this key or with an id that begins so; null if none or several match.</summary>
    public static Case? Find(string idOrKey)
    {
        if (WithKey(idOrKey) is { } exact)
            return exact;
        var found = Cases.Where(c => c.Id.StartsWith(idOrKey, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return found.Count == 1 && idOrKey.Length >= 4 ? found[0] : null;
    }
}
