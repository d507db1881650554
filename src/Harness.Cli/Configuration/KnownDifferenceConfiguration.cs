using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Harness.Cli.Configuration;

/// <summary>The content of known-differences.json: known deviations of kernels from the policies.</summary>
public sealed record KnownDifferencesConfiguration(
    [property: Description(
        "The entries, each reviewed like code: a deviation that matches one is reported as 'known'."
    )]
        IReadOnlyList<KnownDifferenceConfiguration> Differences,
    [property: JsonPropertyName("$schema"), Description("Where an editor finds the schema.")] string? Schema = null
);

/// <summary>An expected deviation.</summary>
public sealed record KnownDifferenceConfiguration(
    [property:
        Description("Unique, short and stable: results refer to it."),
        RegularExpression(HarnessConfiguration.Name)
    ]
        string Name,
    [property: Description("A filter expression over cases, as for --filter.")] string Cases,
    [property: Description(
        "What is observed instead of the prediction: fields of one part of the observed outcome, named as in its JSON. A case that differs in another way remains a mismatch."
    )]
        ObservedConfiguration Observed,
    [property: Description("What has to be fixed.")] KnownCulprit Culprit,
    [property: Description("Why it is so, in one line."), RegularExpression("^\\S.*$")] string Reason,
    [property: Description("Where it is discussed: a mail, a commit, a bug."), RegularExpression("^https?://\\S+$")]
        string Link
)
{
    [Description(
        "Hosts: a filter expression over target, release, policy, mode (vhe, nvhe, protected), page (4k, 16k, 64k), platform (cpu, tcg), fwb, dic, mte (yes, no); empty where unknown. All hosts by default."
    )]
    public string? Hosts { get; init; }

    [Description(
        "The entry is for live migrations, and its hosts, since and until refer to this side: source or destination. Its cases are a filter expression over migrations, as for harness migrate --filter. For cases by default."
    )]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public KnownSideChoice? Side { get; init; }

    [Description("What else is observed instead, for the same reason.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ObservedConfiguration>? Or { get; init; }

    [Description("The verdict that becomes 'known'.")]
    public KnownVerdict Verdict { get; init; } = KnownVerdict.Mismatch;

    [
        Description("The first kernel that has it: 6.12. By default all older ones, too."),
        RegularExpression("^[0-9]+(\\.[0-9]+){1,2}$")
    ]
    public string? Since { get; init; }

    [
        Description(
            "The first kernel that does not have it any more: 7.2. From there on the entry has expired and excuses nothing."
        ),
        RegularExpression("^[0-9]+(\\.[0-9]+){1,2}$")
    ]
    public string? Until { get; init; }
}

/// <summary>Fields of one part of an observed outcome; omitted fields match anything.</summary>
public sealed record ObservedConfiguration
{
    [Description(
        "The part's subject: registration, an access (read), a change (log-off) or an operation (guest-load)."
    )]
    public string? Of { get; init; }

    [Description("How it ended: mapped, run-fails, mmio-exit, refused ...")]
    public string? Type { get; init; }

    [Description("The errno by name: EFAULT."), RegularExpression("^E[A-Z0-9]+$")]
    public string? Errno { get; init; }

    [Description("The memory type of the stage-2 leaf: Normal-WB, Normal-NC or Device-nGnRE.")]
    public string? Memory { get; init; }

    [Description("The leaf is writable.")]
    public bool? Write { get; init; }

    [Description("The leaf is executable.")]
    public bool? Execute { get; init; }

    [Description("The leaf's level: 3 for a page, 2 for a block."), Range(2, 3)]
    public int? Level { get; init; }

    [Description("What a load of a lifecycle case returned: zero, host, guest, shared.")]
    public string? Sees { get; init; }

    [Description("The word that a load of a program returned."), Range(0, 65535)]
    public int? Word { get; init; }

    [Description("Where a live migration ended: registration, first-access ...")]
    public string? Stage { get; init; }
}

/// <summary>A side of a live migration.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KnownSideChoice>))]
public enum KnownSideChoice
{
    [JsonStringEnumMemberName("source")]
    Source,

    [JsonStringEnumMemberName("destination")]
    Destination,
}

/// <summary>What has to be fixed for a known difference to disappear.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KnownCulprit>))]
public enum KnownCulprit
{
    [JsonStringEnumMemberName("kernel")]
    Kernel,

    [JsonStringEnumMemberName("model")]
    Model,

    [JsonStringEnumMemberName("probe")]
    Probe,

    [JsonStringEnumMemberName("platform")]
    Platform,
}

/// <summary>The verdicts that can be known differences.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KnownVerdict>))]
public enum KnownVerdict
{
    [JsonStringEnumMemberName("mismatch")]
    Mismatch,

    [JsonStringEnumMemberName("disagreement")]
    Disagreement,

    [JsonStringEnumMemberName("hang")]
    Hang,

    [JsonStringEnumMemberName("crash")]
    Crash,
}
