namespace Harness.Runs.Facts;

/// <summary>A property of a host, with all its sources.</summary>
/// <param name="Name">"FWB".</param>
/// <param name="Value">The value in the sources; null if it is unknown.</param>
/// <param name="Unknown">Why it is unknown; null if it is known.</param>
/// <param name="By">The value in each source.</param>
public sealed record Fact(string Name, string? Value, string? Unknown, IReadOnlyList<FactSource> By)
{
    public const string There = "there";
    public const string NotThere = "not there";

    /// <summary>True, false, or null if it is unknown.</summary>
    public bool? IsThere => Value is null ? null : Value == There;

    /// <summary>Its sources contradict each other.</summary>
    public bool IsContradicted => Value is null && By.Count > 0;

    /// <param name="name">Its name.</param>
    /// <param name="unknown">Why it is unknown if no source has a value.</param>
    /// <param name="said">The sources that have a value.</param>
    public static Fact Of(string name, string unknown, params IReadOnlyList<FactSource> said) =>
        said.Count == 0 ? new Fact(name, null, unknown, said)
        : said.All(t => t.Says == said[0].Says) ? new Fact(name, said[0].Says, null, said)
        : new Fact(
            name,
            null,
            "its sources contradict each other: " + string.Join(", ", said.Select(t => $"{t.Says} by {t.Source}")),
            said
        );

    public static string Word(bool there) => there ? There : NotThere;

    /// <summary>"FWB: there (by the kernel's log)", "FWB: unknown, because ...".</summary>
    public override string ToString() =>
        Value is null
            ? $"{Name}: unknown, because {Unknown}"
            : $"{Name}: {Value} (by {string.Join(", ", By.Select(t => t.Source))})";
}
