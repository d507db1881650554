using Harness.Model;

namespace Harness.Cases.Filter;

/// <summary>Why no case fits a filter of several terms.</summary>
public static class NothingFits
{
    private const int MostValues = 8;

    /// <summary>
    /// The term that excludes the cases that fit all others; of several such terms, where those are fewest.
    /// </summary>
    /// <returns>"without type=wb 24 cases fit, with type ngnrne or nc"; null if there is no such term.</returns>
    public static string? Because(CaseFilter filter)
    {
        if (filter.Terms.Count < 2)
            return null;
        var (term, fit) = filter
            .Terms.Where(t => t.Name is not ("id" or "key"))
            .Select(t => (Term: t, Fit: FitAll(filter.Terms.Where(o => o != t))))
            .Where(t => t.Fit.Count > 0)
            .MinBy(t => t.Fit.Count);
        return term is null ? null : $"without {term.Name}={term.Value} {Words(term.Name, fit)}";
    }

    private static string Words(string name, List<Case> fit)
    {
        string[] values = [.. fit.Select(c => AllCases.Attribute(c, name)).Distinct()];
        string some = string.Join(" or ", values.Take(MostValues).Select(v => v.Length == 0 ? "none" : v));
        return $"{(fit.Count == 1 ? "1 case fits" : $"{fit.Count} cases fit")}, with {name} {some}{(values.Length > MostValues ? " or others" : "")}";
    }

    private static List<Case> FitAll(IEnumerable<FilterTerm> terms)
    {
        var all = terms.ToList();
        return [.. AllCases.OneByOne().Where(c => all.TrueForAll(t => Has(c, t)))];
    }

    private static bool Has(Case c, FilterTerm term) =>
        string.Equals(AllCases.Attribute(c, term.Name), term.Value, StringComparison.OrdinalIgnoreCase);
}
