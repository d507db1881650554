using Harness.Model.Dimensions;

namespace Harness.Cases.Filter;

/// <summary>An attribute that a filter may name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its values; null if there are too many to list.</param>
public sealed record FilterKey(string Name, IReadOnlyList<string>? Values = null)
{
    /// <summary>Its name in keys of cases, if that is another.</summary>
    public string? InKeys { get; init; }

    /// <summary>Whether a filter may name it so.</summary>
    public bool Has(string name) =>
        string.Equals(name, Name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(name, InKeys, StringComparison.OrdinalIgnoreCase);

    /// <summary>The keys of cases and migrations that are not dimensions.</summary>
    public static IReadOnlyList<FilterKey> Names { get; } = [new("id"), new("key")];

    public static FilterKey Of(Dimension dimension) =>
        new(dimension.Name, dimension.Open ? null : [.. dimension.Values.Select(v => v.Word)])
        {
            InKeys = dimension.InKeys,
        };
}
