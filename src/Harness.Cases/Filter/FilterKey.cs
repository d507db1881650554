using Harness.Model.Dimensions;

namespace Harness.Cases.Filter;

/// <summary>An attribute that a filter may name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its values; null if there are too many to list.</param>
public sealed record FilterKey(string Name, IReadOnlyList<string>? Values = null)
{
    /// <summary>The keys of cases and migrations that are not dimensions.</summary>
    public static IReadOnlyList<FilterKey> Names { get; } = [new("id"), new("key")];

    public static FilterKey Of(Dimension dimension) =>
        new(dimension.Name, dimension.Open ? null : [.. dimension.Values.Select(v => v.Word)]);
}
