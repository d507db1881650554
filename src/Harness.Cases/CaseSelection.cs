using Harness.Cases.Families;
using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Cases;

/// <summary>The cases that a filter accepts.</summary>
public static class CaseSelection
{
    private static readonly FilterTerm InCover = new(CaseDimensions.Cover.Name, Dimension.Word(true));

    private static readonly FilterTerm InSpace = InFamily(AllCases.Core);

    /// <summary>
    /// In the order of <see cref="AllCases.Cases"/>. Where the filter names ids, keys, families or the quick set, only
    /// those cases are made.
    /// </summary>
    public static IEnumerable<Case> Of(CaseFilter filter) =>
        (filter.OneOf(Names) is { } terms ? Named(terms) : AllCases.OneByOne()).Where(c =>
            filter.Accepts(name => AllCases.Attribute(c, name))
        );

    private static bool Names(FilterTerm term) =>
        term.Name is "id" or "key" || term.Name == CaseDimensions.Family.Name || term == InCover;

    /// <summary>At least the cases that fit one of the terms.</summary>
    private static IEnumerable<Case> Named(IReadOnlyList<FilterTerm> terms)
    {
        ulong[] ids = [.. terms.Where(t => t.Name == "id").Select(IdOf).OfType<ulong>()];
        // No key has a capital letter.
        string[] keys =
        [
            .. terms.Where(t => t.Name == "key").Select(t => t.Value.ToLowerInvariant()),
            .. Cover.Keys.Where(_ => terms.Contains(InCover)),
        ];
        var positions = new List<int>();
        foreach (string key in keys)
            if (CaseSpace.PositionOf(key) is { } position)
                positions.Add(position);
        positions.AddRange(CaseSpace.PositionsOf(id => Array.IndexOf(ids, id) >= 0).Take(ids.Length));
        positions.Sort();
        // Each id and each key is one case's: what the space has no family has.
        bool all = positions.Count == ids.Length + keys.Length;

        var inSpace = terms.Contains(InSpace)
            ? CaseSpace.OneByOne()
            : positions.Distinct().Select(CaseSpace.At).OfType<Case>();
        return inSpace.Concat(AllCases.Families.SelectMany(OfFamily));

        IEnumerable<Case> OfFamily(CaseFamily family) =>
            terms.Contains(InFamily(family.Name)) ? family.Cases
            : all ? []
            : family.Cases.Where(c => keys.Contains(c.Key) || Array.IndexOf(ids, CaseId.Number(c.Key)) >= 0);
    }

    private static FilterTerm InFamily(string name) => new(CaseDimensions.Family.Name, name);

    private static ulong? IdOf(FilterTerm term) => IdPrefix.Parse(term.Value) is { IsWhole: true } id ? id.Bits : null;
}
