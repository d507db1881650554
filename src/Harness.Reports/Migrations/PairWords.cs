namespace Harness.Reports.Migrations;

/// <summary>Describes pairs of a run in a few words: "from any with FWB to 6.12/*".</summary>
/// <param name="targets">The run's.</param>
internal sealed class PairWords(IReadOnlyList<PairTarget> targets)
{
    private const int Named = 3;

    /// <summary>The maximum number of parts; the rest is counted.</summary>
    private const int Most = 4;

    /// <summary>Features that change a host's decisions about memory.</summary>
    private static readonly string[] s_features = ["FWB", "DIC"];

    private readonly IReadOnlyDictionary<string, PairTarget> _targets = targets.ToDictionary(
        t => t.Name,
        StringComparer.Ordinal
    );

    /// <param name="pairs">Some of them.</param>
    /// <param name="all">Every pair of the run.</param>
    public string Of(
        IReadOnlyCollection<(string From, string To)> pairs,
        IReadOnlyCollection<(string From, string To)> all
    )
    {
        string[] sources = [.. all.Select(p => p.From).Distinct()],
            destinations = [.. all.Select(p => p.To).Distinct()];
        if (pairs.Distinct().Count() == all.Distinct().Count() && all.Count > 1)
            return "every pair";
        // A block is every source of a set with every destination of another.
        var byDestination = Blocks(pairs.Distinct().GroupBy(p => p.To, p => p.From))
            .Select(b => (From: b.Values, To: b.Keys))
            .ToList();
        var bySource = Blocks(pairs.Distinct().GroupBy(p => p.From, p => p.To))
            .Select(b => (From: b.Keys, To: b.Values))
            .ToList();
        var parts = new[] { byDestination, bySource }
            .Select(blocks =>
                (
                    Blocks: blocks,
                    Words: (string[])
                        [.. blocks.Select(b => $"from {Set(b.From, sources)} to {Set(b.To, destinations)}")]
                )
            )
            .MinBy(t => t.Words.Sum(w => w.Length));
        int rest = parts.Blocks.Skip(Most).Sum(b => b.From.Count * b.To.Count);
        return string.Join("; ", parts.Words.Take(Most)) + (rest > 0 ? $"; and {rest} more" : "");
    }

    /// <summary>Keys that have the same values, each block once.</summary>
    private static IEnumerable<(IReadOnlyList<string> Keys, IReadOnlyList<string> Values)> Blocks(
        IEnumerable<IGrouping<string, string>> groups
    ) =>
        groups
            .Select(g => (g.Key, Values: (string[])[.. g.Order(StringComparer.Ordinal)]))
            .GroupBy(g => string.Join('\n', g.Values))
            .Select(g => ((IReadOnlyList<string>)[.. g.Select(x => x.Key)], (IReadOnlyList<string>)g.First().Values));

    /// <summary>Some of the targets, in the fewest words that match exactly these.</summary>
    private string Set(IReadOnlyList<string> names, IReadOnlyList<string> all)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var candidates = new List<string>();
        foreach (var (restriction, among) in Restrictions(all))
        {
            if (!wanted.IsSubsetOf(among))
                continue;
            string with = restriction.Length == 0 ? "" : $" {restriction}";
            if (wanted.SetEquals(among))
                candidates.Add($"any{with}");
            foreach (var groups in Groupings(among))
            {
                var whole = groups.Where(g => wanted.IsSupersetOf(g.Names)).ToList();
                if (whole.Count > 0 && wanted.SetEquals(whole.SelectMany(g => g.Names)))
                    candidates.Add(string.Join(", ", whole.Select(g => g.Pattern)) + with);
            }
        }
        if (names.Count <= Named || candidates.Count == 0)
            candidates.Add(
                names.Count <= Named + 1
                    ? string.Join(", ", names)
                    : $"{string.Join(", ", names.Take(Named))} and {names.Count - Named} more"
            );
        return candidates.MinBy(c => c.Length)!;
    }

    /// <summary>
    /// All, those with and without each feature, and with and without two of them; only if all are known to have it or
    /// not.
    /// </summary>
    private IEnumerable<(string Words, IReadOnlyList<string> Names)> Restrictions(IReadOnlyList<string> all)
    {
        yield return ("", all);
        string[] known =
        [
            .. s_features.Where(f => all.All(n => _targets.TryGetValue(n, out var t) && t.Facts.ContainsKey(f))),
        ];
        foreach (string one in known)
        foreach (bool has in (bool[])[true, false])
        {
            yield return ($"{With(has)} {one}", [.. all.Where(n => _targets[n].Facts[one] == has)]);
            foreach (string other in known.SkipWhile(f => f != one).Skip(1))
            foreach (bool too in (bool[])[true, false])
                yield return (
                    has == too
                        ? has
                            ? $"with {one} and {other}"
                            : $"with neither {one} nor {other}"
                        : $"{With(has)} {one}, {With(too)} {other}",
                    [.. all.Where(n => _targets[n].Facts[one] == has && _targets[n].Facts[other] == too)]
                );
        }
    }

    private static string With(bool has) => has ? "with" : "without";

    /// <summary>By each part of names such as "6.12/max/vhe", and by the kernel's release.</summary>
    private IEnumerable<IReadOnlyList<(string Pattern, IReadOnlyList<string> Names)>> Groupings(
        IReadOnlyList<string> names
    )
    {
        var parts = names.Select(n => (Name: n, Parts: n.Split('/'))).ToList();
        if (parts.Count > 0 && parts.All(p => p.Parts.Length == parts[0].Parts.Length && p.Parts.Length > 1))
            for (int i = 0; i < parts[0].Parts.Length; i++)
                yield return
                [
                    .. parts
                        .GroupBy(p => p.Parts[i])
                        .Select(g =>
                            (
                                $"{(i > 0 ? "*/" : "")}{g.Key}{(i < parts[0].Parts.Length - 1 ? "/*" : "")}",
                                (IReadOnlyList<string>)[.. g.Select(p => p.Name)]
                            )
                        ),
                ];
        if (names.All(n => _targets.GetValueOrDefault(n)?.Host.KernelRelease is not null))
            yield return
            [
                .. names
                    .GroupBy(n => Generation(_targets[n].Host.KernelRelease!))
                    .Select(g => ($"kernel {g.Key}", (IReadOnlyList<string>)[.. g])),
            ];
    }

    /// <summary>"6.12" of "6.12.90+deb13-arm64".</summary>
    private static string Generation(string release) => string.Join('.', release.Split('.', '-', '+').Take(2));
}
