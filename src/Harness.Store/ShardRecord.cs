using System.Globalization;

namespace Harness.Store;

/// <summary>Which part of a whole run a run is.</summary>
/// <param name="Numbers">The shards that it has, from 1, ascending: one, until shards are merged.</param>
/// <param name="Of">How many shards the whole has.</param>
/// <param name="Plan">A hash of the whole run and of how it was cut.</param>
/// <param name="PlannedCases">How many cases the whole run has.</param>
/// <param name="Night">The user's name for the whole run, or null.</param>
public sealed record ShardRecord(IReadOnlyList<int> Numbers, int Of, string Plan, int PlannedCases, string? Night)
{
    public IEnumerable<int> Missing => Enumerable.Range(1, Of).Except(Numbers);

    /// <summary>Whether several runs were merged, or one is to be merged with others.</summary>
    public bool IsMerged { get; init; }

    public bool IsWhole => Numbers.Count == Of;

    /// <summary>"shard 3 of 8", "shards 1, 2 of 8", "8 shards".</summary>
    public string Words =>
        IsWhole && IsMerged
            ? string.Create(CultureInfo.InvariantCulture, $"{Of} shards")
            : string.Create(CultureInfo.InvariantCulture, $"{List(Numbers)} of {Of}");

    /// <summary>As <see cref="Words"/>, for the name of a suite: "3/8"; null for a whole run.</summary>
    public string? Short => IsWhole ? null : string.Create(CultureInfo.InvariantCulture, $"{Joined(Numbers)}/{Of}");

    /// <summary>"shard 3", "shards 1, 2".</summary>
    public static string List(IEnumerable<int> numbers)
    {
        int[] all = [.. numbers];
        return $"shard{(all.Length == 1 ? "" : "s")} {Joined(all).Replace(",", ", ", StringComparison.Ordinal)}";
    }

    public bool Equals(ShardRecord? other) =>
        other is not null
        && (Of, Plan, PlannedCases, Night, IsMerged)
            == (other.Of, other.Plan, other.PlannedCases, other.Night, other.IsMerged)
        && Numbers.SequenceEqual(other.Numbers);

    public override int GetHashCode() => HashCode.Combine(Of, Plan, Night, Numbers.Count);

    private static string Joined(IEnumerable<int> numbers) => string.Join(',', numbers);
}
