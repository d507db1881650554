using System.Security.Cryptography;
using System.Text;
using Harness.Model;

namespace Harness.Runs.Sharding;

/// <summary>The cases of a host.</summary>
/// <param name="Host">Its number in the run.</param>
public sealed record ShardCases(int Host, IReadOnlyList<Case> Cases);

/// <summary>All shards of a run.</summary>
/// <param name="Shards">The cases of each host of each shard.</param>
/// <param name="Hash">Of all shards: controllers with the same one have cut the same run in the same way.</param>
/// <param name="Cases">How many there are in all shards.</param>
public sealed record ShardPlan(IReadOnlyList<IReadOnlyList<ShardCases>> Shards, string Hash, int Cases)
{
    /// <summary>Estimated if nothing was measured.</summary>
    private const double UsualSecondsPerCase = 0.08;

    /// <param name="hosts">The hosts of the run; their names differ.</param>
    /// <param name="of">How many shards.</param>
    /// <param name="secondsPerCase">As measured for each target; others take the average.</param>
    public static ShardPlan Of(
        IReadOnlyList<(string Name, bool CanBeCut, IReadOnlyList<Case> Cases)> hosts,
        int of,
        IReadOnlyDictionary<string, double> secondsPerCase
    )
    {
        double[] measured =
        [
            .. hosts.Where(h => secondsPerCase.ContainsKey(h.Name)).Select(h => secondsPerCase[h.Name]),
        ];
        double usual = measured.DefaultIfEmpty(UsualSecondsPerCase).Average();
        var shards = ShardCut.Of(
            [
                .. hosts.Select(h => new ShardHost(
                    h.Name,
                    h.Cases.Count,
                    Math.Max(1, (long)(secondsPerCase.GetValueOrDefault(h.Name, usual) * 1e6)),
                    h.CanBeCut
                )),
            ],
            of
        );
        IReadOnlyList<ShardCases> Gathered(IReadOnlyList<ShardPart> parts) =>
            [
                .. parts
                    .GroupBy(p => p.Host)
                    .Select(g => new ShardCases(
                        g.Key,
                        [.. g.SelectMany(p => hosts[p.Host].Cases.Skip(p.First).Take(p.Count))]
                    )),
            ];
        IReadOnlyList<IReadOnlyList<ShardCases>> all = [.. shards.Select(Gathered)];
        return new ShardPlan(all, HashOf(all, [.. hosts.Select(h => h.Name)]), all.Sum(s => s.Sum(h => h.Cases.Count)));
    }

    private static string HashOf(IReadOnlyList<IReadOnlyList<ShardCases>> shards, IReadOnlyList<string> names)
    {
        var text = new StringBuilder();
        foreach (var shard in shards)
        {
            text.Append("shard\n");
            foreach (var host in shard)
                text.Append("host ")
                    .Append(names[host.Host])
                    .Append('\n')
                    .AppendJoin('\n', host.Cases.Select(c => c.Id))
                    .Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
