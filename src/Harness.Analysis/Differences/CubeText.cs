using Harness.Cases;
using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Analysis.Differences;

/// <summary>Describes cubes in kernel terms.</summary>
public static class CubeText
{
    private static readonly Dimension[] OfGuestMemory = [Inputs.Mmap, Inputs.InitShared, Inputs.Bound];

    /// <summary>Dimensions of two values, with a phrase for each.</summary>
    internal static readonly Dimension[] Switches =
    [
        Inputs.Sharing,
        Inputs.AnyUncached,
        Inputs.Mmap,
        Inputs.InitShared,
        Inputs.Bound,
        Inputs.Vma,
        Inputs.ReadOnly,
        Inputs.Log,
        Inputs.Late,
        Inputs.Mte,
    ];

    private static readonly (Dimension Dimension, string Word)[] HostWords =
    [
        (Inputs.HostFwb, "FWB"),
        (Inputs.HostDic, "DIC"),
        (Inputs.HostMte, "MTE"),
    ];

    /// <summary>"with FWB and DIC", "without FWB or without DIC", or "on any CPU".</summary>
    /// <param name="some">Hosts of <see cref="HostFacts.All"/>.</param>
    /// <param name="among">The hosts to distinguish them from: all if null.</param>
    public static string Hosts(IReadOnlyCollection<HostFacts> some, IReadOnlyCollection<HostFacts>? among = null)
    {
        var cubes = Cover.Of(
            [.. some.Select(Inputs.Word)],
            [.. (among ?? [.. HostFacts.All]).Except(some).Select(Inputs.Word)]
        );
        return Hosts(cubes) ?? "on any CPU";
    }

    /// <summary>
    /// "without FWB or without DIC", "with FWB and without DIC, or with MTE"; null if any host matches.
    /// </summary>
    public static string? Hosts(IEnumerable<Cube> alternatives)
    {
        string[] words = [.. alternatives.Select(Host)];
        return Array.Exists(words, w => w.Length == 0)
            ? null
            : string.Join(
                Array.Exists(words, w => w.Contains(" and ", StringComparison.Ordinal)) ? ", or " : " or ",
                words
            );
    }

    /// <summary>
    /// "any access", "any access but exec", "read, ldxr", "write after read", "write (not after exec)".
    /// </summary>
    /// <param name="accesses">Bits of <see cref="Inputs.Access"/>; others are ignored.</param>
    /// <param name="beside">Accesses that are described elsewhere.</param>
    public static string Accesses(ulong accesses, ulong beside = 0)
    {
        // If the first of two accesses is described, the second one adds nothing.
        var pairs = Inputs.Pairs.Where(p => ((accesses | beside) & Inputs.Access.Bit((int)p[0])) == 0).ToList();
        var words = new List<string>();
        bool all = true;
        foreach (var access in CaseSpace.Accesses)
        {
            bool first = (accesses & Inputs.Access.Bit((int)access)) != 0;
            string[] odd =
            [
                .. pairs
                    .Where(p => p[1] == access && (accesses & Inputs.SecondAccess(p)) != 0 != first)
                    .Select(p => CaseText.Word(p[0])),
            ];
            all &= odd.Length == 0;
            if (first || odd.Length > 0)
                words.Add(
                    CaseText.Word(access)
                        + (
                            odd.Length == 0 ? ""
                            : first ? $" (not after {List(odd)})"
                            : $" after {List(odd)}"
                        )
                );
        }
        ulong missing = Inputs.FirstAccesses & ~accesses;
        return all && missing == 0 ? "any access"
            : all && System.Numerics.BitOperations.IsPow2(missing) ? $"any access but {Inputs.Access.Words(missing)[0]}"
            : string.Join(", ", words);
    }

    /// <summary>"pfnmap memory outside the kernel's map".</summary>
    public static string Memory(Cube cube)
    {
        string noun = !cube.Free(Inputs.Backing)
            ? Excluded(cube, Inputs.Backing) is [var only]
                ? $"any memory but {only}"
                : $"{List([.. cube.Values(Inputs.Backing).Select(CaseDimensions.Backing.Phrase)])} memory"
            : Array.Exists(OfGuestMemory, d => (cube.Bits & d.Mask) == d.Bit(1))
                ? "guest_memfd memory"
                : "any memory";
        if (cube.Free(Inputs.Memory))
            return noun;
        return noun
            + string.Join("+", cube.Values(Inputs.Memory)) switch
            {
                "known" => " in the kernel's map and held",
                "unheld" => " in the kernel's map, page count zero",
                "unknown" => " outside the kernel's map",
                "known+unheld" => " in the kernel's map",
                "known+unknown" => ", page count not zero",
                _ => " not both in the kernel's map and held",
            };
    }

    /// <summary>The other conditions, except the host.</summary>
    public static IReadOnlyList<string> Conditions(Cube cube)
    {
        var words = new List<string>();
        if (!cube.Free(Inputs.Type))
            words.Add($"VMA type {Values(cube, Inputs.Type)}");
        words.AddRange(Switches.Where(s => !cube.Free(s)).Select(s => s.Phrases[(cube.Bits & s.Bit(1)) != 0 ? 1 : 0]));
        if (!cube.Free(Inputs.Size))
            words.Add($"size {Values(cube, Inputs.Size)}");
        return words;
    }

    /// <summary>"wb", "wb or nc", "not wb".</summary>
    private static string Values(Cube cube, Dimension dimension) =>
        Excluded(cube, dimension) is [var only] ? $"not {only}" : List(cube.Values(dimension));

    /// <summary>"a", "a or b", "a, b or c".</summary>
    private static string List(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    /// <summary>The excluded values, if listing them is shorter than listing the others.</summary>
    private static IReadOnlyList<string> Excluded(Cube cube, Dimension dimension) =>
        dimension.Words(~cube.Bits) is var left && left.Count < cube.Values(dimension).Count ? left : [];

    /// <summary>"with FWB and DIC and without MTE"; empty for any host.</summary>
    private static string Host(Cube cube)
    {
        string[] has = [.. HostWords.Where(h => Allows(h.Dimension, 1)).Select(h => h.Word)];
        string[] lacks = [.. HostWords.Where(h => Allows(h.Dimension, 0)).Select(h => $"without {h.Word}")];
        return string.Join(" and ", has.Length == 0 ? lacks : [$"with {string.Join(" and ", has)}", .. lacks]);

        bool Allows(Dimension d, int value) => !cube.Free(d) && (cube.Bits & d.Bit(value)) != 0;
    }
}
