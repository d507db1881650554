using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>What travels: all that a VMM knows of a VM that it stopped.</summary>
/// <param name="Registers">By KVM_GET_REG_LIST's ids, in its order.</param>
/// <param name="Code">Pages of the guest's code and tables.</param>
/// <param name="Memory">Pages of the memory under test, one time after another: what came later counts.</param>
public sealed record MovedState(Fields Registers, Fields Code, IReadOnlyList<Fields> Memory)
{
    private const int PerFour = 3; // base64

    /// <summary>How much memory content there is, in bytes.</summary>
    public long Bytes => Memory.Prepend(Code).Sum(pages => Enumerable.Range(0, pages.Count).Sum(i => (long)((string)pages[i].Value!).TrimEnd('=').Length * PerFour / 4));

    /// <summary>Out of what the source's program returned.</summary>
    /// <exception cref="FormatException">It returned something else.</exception>
    public static MovedState Of(Observation source) => new(
        Last(source, "save-registers").Values.Inner("registers"),
        Last(source, "save-pages").Values.Inner("pages"),
        [.. source.Steps.Where(s => s.Op is "save-pages" or "dirty-pages").SkipLast(1).Select(s => s.Values.Inner("pages"))]);

    private static StepResult Last(Observation source, string op) =>
        source.Steps.LastOrDefault(s => s.Op == op) ?? throw new FormatException($"the observation holds no {op}");
}
