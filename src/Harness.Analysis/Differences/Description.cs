using Harness.Model;

namespace Harness.Analysis.Differences;

/// <summary>Changes that are described together.</summary>
/// <param name="Heading">"access: Device-nGnRE -> Normal-WB".</param>
/// <param name="Points">How many points.</param>
/// <param name="Clauses">The conditions, each standing alone.</param>
public sealed record Paragraph(string Heading, int Points, IReadOnlyList<Clause> Clauses);

/// <summary>A condition, with alternative additional conditions.</summary>
/// <param name="Subject">What all alternatives have in common: "read, ldxr of pfnmap memory, VMA type wb".</param>
/// <param name="Alternatives">One of these must hold as well; empty if the subject is complete.</param>
public sealed record Clause(string Subject, IReadOnlyList<string> Alternatives);

/// <summary>
/// Described changes as text: exactly the cubes of <see cref="PolicyDifference"/>, with common parts factored out.
/// </summary>
public static class Description
{
    public static IReadOnlyList<Paragraph> Of(PolicyDifference difference)
    {
        var drafts = difference
            .Changes.Select(c => new Draft(c.Change.Moment, c.Change.From, c.Change.To, c.Points, c.Cubes))
            .ToList();
        for (int i = 0; i < drafts.Count; i++)
        {
            for (int j = i + 1; j < drafts.Count; j++)
            {
                if (Together(drafts[i], drafts[j]) is not { } both)
                    continue;
                drafts[i] = both;
                drafts.RemoveAt(j--);
            }
        }
        return
        [
            .. drafts
                .OrderBy(d => d.Moment)
                .ThenByDescending(d => d.Points)
                .Select(d => new Paragraph(
                    $"{(d.Moment == DecisionPoint.Registration ? "registration" : "access")}: {d.From} -> {d.To}",
                    d.Points,
                    Clauses(d)
                )),
        ];
    }

    private sealed record Draft(
        DecisionPoint Moment,
        string From,
        string To,
        int Points,
        IReadOnlyList<Cube> Cubes,
        bool OfTwo = false
    );

    /// <summary>Joins two changes that differ in a single yes or no, and otherwise happen at the same places.</summary>
    private static Draft? Together(Draft a, Draft b)
    {
        if (a.OfTwo || b.OfTwo || a.Moment != b.Moment || (a.From != b.From && a.To != b.To))
            return null;
        foreach (var dimension in CubeText.Switches)
        {
            foreach (var (no, other) in ((Draft, Draft)[])[(a, b), (b, a)])
            {
                if (
                    !no.Cubes.All(c => (c.Bits & dimension.Mask) == dimension.Bit(0))
                    || !other.Cubes.All(c => (c.Bits & dimension.Mask) == dimension.Bit(1))
                )
                    continue;
                var places = no.Cubes.Select(c => c.Without([dimension])).ToList();
                if (!places.ToHashSet().SetEquals(other.Cubes.Select(c => c.Without([dimension]))))
                    continue;
                string Both(string one, string two) => one == two ? one : $"{one} (if {dimension.Phrases[1]}: {two})";
                return new Draft(
                    a.Moment,
                    Both(no.From, other.From),
                    Both(no.To, other.To),
                    a.Points + b.Points,
                    places,
                    OfTwo: true
                );
            }
        }
        return null;
    }

    private static IReadOnlyList<Clause> Clauses(Draft draft)
    {
        var parts = draft
            .Cubes.GroupBy(c => c.Without(Inputs.OfHost))
            .Select(g => new Part(g.Key, CubeText.Hosts(g)))
            .ToList();
        return
        [
            .. (draft.Moment == DecisionPoint.Access ? WithWiderAccesses(parts) : parts)
                .GroupBy(p =>
                    (draft.Moment == DecisionPoint.Access ? $"{p.Accesses} of " : "") + CubeText.Memory(p.Place)
                )
                .Select(g => Factored(g.Key, [.. g.Select(p => p.Conditions)])),
        ];
    }

    /// <summary>A cube without its hosts; also further accesses, which have additional conditions.</summary>
    private sealed record Part(Cube Place, string? Hosts, ulong More = 0, string? If = null)
    {
        public string Accesses =>
            More == 0
                ? CubeText.Accesses(Place.Bits)
                : $"{CubeText.Accesses(Place.Bits | More)} ({CubeText.Accesses(More, Place.Bits)} only if {If})";

        public List<string> Conditions =>
            [.. CubeText.Conditions(Place), .. Hosts is null ? [] : (string[])[$"on a CPU {Hosts}"]];
    }

    /// <summary>
    /// "read, write (write only if MAP_SHARED) of pfnmap memory" instead of "read of pfnmap memory" and "write of
    /// pfnmap memory, MAP_SHARED".
    /// </summary>
    private static List<Part> WithWiderAccesses(List<Part> parts)
    {
        var left = new List<Part>(parts);
        foreach (var narrow in parts)
        {
            int at = left.IndexOf(narrow);
            var wide = at < 0 ? null : left.Find(w => Widens(w, narrow));
            if (wide is null)
                continue;
            string extra = string.Join(", ", CubeText.Conditions(wide.Place).Except(CubeText.Conditions(narrow.Place)));
            left[at] = narrow with { More = wide.Place.Bits & ~narrow.Place.Bits & Inputs.Access.Mask, If = extra };
            left.Remove(wide);
        }
        return left;
    }

    /// <summary>Whether one is the other with more accesses and more conditions.</summary>
    private static bool Widens(Part wide, Part narrow) =>
        wide.More == 0
        && wide.Hosts == narrow.Hosts
        && CubeText.Memory(wide.Place) == CubeText.Memory(narrow.Place)
        && (wide.Place.Bits & ~narrow.Place.Bits & Inputs.Access.Mask) != 0
        && (wide.Place.Bits & ~narrow.Place.Bits & ~Inputs.Access.Mask) == 0;

    private static Clause Factored(string subject, List<List<string>> alternatives)
    {
        string[] common = [.. alternatives[0].Where(c => alternatives.All(a => a.Contains(c)))];
        string[] rest = [.. alternatives.Select(a => string.Join(", ", a.Except(common)))];
        string said = string.Join(", ", (string[])[subject, .. common]);
        return rest is [""] ? new Clause(said, []) : new Clause(said, rest);
    }
}
