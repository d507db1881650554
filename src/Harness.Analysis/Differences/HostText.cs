using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>Describes kinds of host, with the mode if it distinguishes them.</summary>
public static class HostText
{
    /// <summary>"on a CPU with FWB and DIC", "on a host in protected mode, with DIC", "on any host".</summary>
    /// <param name="some">Kinds of host.</param>
    /// <param name="among">The hosts to distinguish them from.</param>
    public static string Where(IReadOnlyCollection<HostFacts> some, IReadOnlyCollection<HostFacts> among)
    {
        bool modes = among.Any(IsProtected) && among.Any(h => !IsProtected(h));
        string words = Of(some, among);
        return words.StartsWith("on ", StringComparison.Ordinal) ? words
            : modes && some.Select(IsProtected).Distinct().Count() == 1 ? $"on a host {words}"
            : $"on a CPU {words}";
    }

    /// <summary>
    /// As <see cref="Where"/>, for a table's head: "with FWB", "in protected mode, with DIC", "on any host".
    /// </summary>
    public static string Of(IReadOnlyCollection<HostFacts> some, IReadOnlyCollection<HostFacts> among)
    {
        HostFacts[] plain = [.. some.Where(h => !IsProtected(h))],
            hard = [.. some.Where(IsProtected)];
        HostFacts[] otherPlain = [.. among.Where(h => !IsProtected(h))],
            otherHard = [.. among.Where(IsProtected)];
        if (otherHard.Length == 0)
            return CubeText.Hosts(some, among);
        if (otherPlain.Length == 0)
            return Joined("in protected mode", hard, otherHard);
        if (plain.Length == 0)
            return Joined("in protected mode", hard, otherHard);
        if (hard.Length == 0)
            return Joined("not in protected mode", plain, otherPlain);
        bool alike = Bare(plain).SetEquals(Bare(hard)) && Bare(otherPlain).SetEquals(Bare(otherHard));
        return !alike
                ? $"{Joined("not in protected mode", plain, otherPlain)}, or {Joined("in protected mode", hard, otherHard)}"
            : plain.Length == otherPlain.Length ? "on any host"
            : CubeText.Hosts(plain, otherPlain);
    }

    private static string Joined(string mode, HostFacts[] some, HostFacts[] among) =>
        some.Length == among.Length ? mode : $"{mode}, {CubeText.Hosts(Bare(some), Bare(among))}";

    /// <summary>Only their features: <see cref="CubeText"/> doesn't handle the mode.</summary>
    private static HashSet<HostFacts> Bare(IEnumerable<HostFacts> hosts) =>
        [.. hosts.Select(h => h with { Mode = KvmMode.Vhe })];

    private static bool IsProtected(HostFacts host) => host.Mode == KvmMode.Protected;
}
