using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A cell as a short word, with its meaning.</summary>
/// <param name="Text">"ok WB>Dev", "reg EINVAL".</param>
/// <param name="Means">For the legend.</param>
/// <param name="Violates">It violates a property, and is marked so.</param>
/// <param name="Differs">It deviates from the prediction, and is marked so.</param>
public sealed record MigrationWord(string Text, string Means, bool Violates = false, bool Differs = false)
{
    /// <summary>The mark for a violation of a property.</summary>
    public const string Broken = "!";

    /// <summary>The mark for a deviation from the prediction.</summary>
    public const string Other = "*";

    private static readonly Dictionary<string, (string Short, string Means)> s_stages = new(StringComparer.Ordinal)
    {
        ["source"] = ("src", "ended on the source: the VM did not run there"),
        ["dirty-log"] = ("log", "dirty logging was refused on the source: no pre-copy"),
        ["memory"] = ("mem", "the destination has no such memory"),
        ["capability"] = ("cap", "a capability that the VMM relied on is missing"),
        ["vm"] = ("vm", "the VM could not be created"),
        ["registration"] = ("reg", "the memslot was refused"),
        ["vcpu"] = ("vcpu", "the vCPU could not be made"),
        ["registers"] = ("regs", "a register was refused"),
        ["content"] = ("fill", "the memory's content could not be stored"),
        ["first-run"] = ("run", "KVM_RUN failed before the guest touched the memory"),
        ["first-access"] = ("access", "the guest's first access failed"),
        ["data"] = ("data", "the guest found other data, or other registers"),
        ["onward"] = ("later", "a later access failed"),
        ["resumed"] = ("ok", "resumed"),
    };

    /// <summary>The word with its marks: "ok WB>Dev !".</summary>
    public string Marked => Text + (Violates || Differs ? $" {(Violates ? Broken : "")}{(Differs ? Other : "")}" : "");

    /// <summary>As <see cref="Marked"/>, without a space.</summary>
    public string Tight => Text + (Violates ? Broken : "") + (Differs ? Other : "");

    /// <summary>With the errno, and with the memory types unless all are write-back.</summary>
    public static MigrationWord Of(MigrationCell cell)
    {
        if (cell.Stage is not { } stage)
            return OfVerdict(cell.Row.Verdict) with { Differs = cell.Differs };
        var (word, means) = s_stages.GetValueOrDefault(stage, (stage, stage));
        if (stage == "resumed" && cell is { TypeBefore: { } before, TypeAfter: { } after })
            (word, means) =
                before != after ? ($"ok {Short(before)}>{Short(after)}", $"resumed: was {before}, is {after}")
                : before == "Normal-WB" ? ("ok", "resumed: Normal-WB as before")
                : ($"ok {Short(after)}", $"resumed: {after} as before");
        else if (stage == "resumed")
            (word, means) = ("ok ?", "resumed: the memory's type was not seen");
        else if (cell.Errno is { } errno)
            (word, means) = ($"{word} {errno}", $"{means}: {errno}");
        return new MigrationWord(word, means, cell.Violation is not null, cell.Differs);
    }

    /// <summary>
    /// At most six letters; the legend has the errno. Several errnos of a stage are distinguished by a number.
    /// </summary>
    /// <param name="cell">A cell.</param>
    /// <param name="errnos">For each stage, the errnos that occur in the run.</param>
    public static MigrationWord Compact(MigrationCell cell, IReadOnlyDictionary<string, IReadOnlyList<string>> errnos)
    {
        var word = Of(cell);
        if (cell.Stage is not { } stage)
            return word with { Text = OfVerdictTight(cell.Row.Verdict) };
        if (stage == "resumed")
            return word with
            {
                Text =
                    cell.Changes ? $"{Letter(cell.TypeBefore!)}>{Letter(cell.TypeAfter!)}"
                    : word.Text.Split(' ') is [_, var type]
                        ? type == "?" ? "ok?"
                            : type
                    : "ok",
            };
        string text = s_stages.TryGetValue(stage, out var known) ? known.Short : stage;
        if (text == "access")
            text = "acc";
        return word with
        {
            Text =
                cell.Errno is { } errno && errnos.GetValueOrDefault(stage) is { Count: > 1 } several
                    ? $"{text}{several.ToList().IndexOf(errno) + 1}"
                    : text,
        };
    }

    /// <summary>For each stage, the errnos by which migrations ended there, by name.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Errnos(IEnumerable<MigrationCell> cells) =>
        cells
            .Where(c => c.Stage is not null && c.Errno is not null)
            .GroupBy(c => c.Stage!)
            .ToDictionary(
                g => g.Key,
                IReadOnlyList<string> (g) => [.. g.Select(c => c.Errno!).Distinct().Order(StringComparer.Ordinal)],
                StringComparer.Ordinal
            );

    /// <summary>"WB", "NC", "Dev".</summary>
    public static string Short(string type) =>
        type.StartsWith("Normal-", StringComparison.Ordinal) ? type["Normal-".Length..]
        : type.StartsWith("Device", StringComparison.Ordinal) ? "Dev"
        : type;

    private static string Letter(string type) => Short(type)[..1];

    private static MigrationWord OfVerdict(string verdict) =>
        verdict switch
        {
            Verdicts.Skip => new("-", "skipped"),
            Verdicts.Planned => new("planned", "planned, not reached"),
            Verdicts.Infrastructure => new("infra", "infrastructure: nothing is known"),
            Verdicts.Unstable => new("unst", "unstable: two things, tried twice"),
            Verdicts.ProbeError => new("probe", "the probe failed"),
            Verdicts.OutsideModel => new("open", "outside the model"),
            Verdicts.Disagreement => new("contra", "the guest's observation contradicts the descriptor"),
            _ => new(verdict, verdict),
        };

    private static string OfVerdictTight(string verdict) =>
        verdict switch
        {
            Verdicts.Planned => "plan",
            Verdicts.Infrastructure => "inf",
            Verdicts.Mismatch => "mism",
            _ when OfVerdict(verdict).Text is { Length: <= 5 } text => text,
            _ => verdict[..5],
        };
}
