using Harness.Cases;
using Harness.Model;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Facts;

/// <summary>The facts of a host are not what a probe tells, or say too little to judge by.</summary>
public sealed class UnusableFactsException(string message) : Exception(message);

/// <summary>What the probe's facts mean to the model, to the compiler and to the judge.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="Host">What the decision asks of the host; where not all of it is known, the first that is
/// possible.</param>
/// <param name="Abilities">What programs may ask of the probe there.</param>
/// <param name="Decoding">How to read its evidence.</param>
public sealed record HostProfile(string Release, HostFacts Host, ProbeAbilities Abilities, Decoding Decoding)
{
    private readonly IReadOnlyList<HostFacts>? _possible;

    /// <summary>What the host may be: one, unless something the decision asks is unknown.</summary>
    public IReadOnlyList<HostFacts> Possible
    {
        get => _possible ?? [Host];
        init => _possible = value;
    }

    /// <summary>Everything that was asked about the host, known or not.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>
    /// /proc/version: which package the kernel is of, where uname -r doesn't say; null where nobody asked.
    /// </summary>
    public string? Build { get; init; }

    /// <summary>
    /// What the host is judged under, and how far its kernel's release is known; null before that is chosen.
    /// </summary>
    public PolicyChoice? Choice { get; init; }

    /// <summary>Why no case can be run there, or null.</summary>
    public string? NoKvmReason { get; init; }

    /// <summary>
    /// What KVM_CHECK_EXTENSION answered on a VM, by capability; an errno is negative. Empty where nobody asked.
    /// </summary>
    public IReadOnlyDictionary<int, int> VmCapabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>What it answered on /dev/kvm.</summary>
    public IReadOnlyDictionary<int, int> SystemCapabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>The fact of that name, or null.</summary>
    public Fact? Fact(string name) => Facts.FirstOrDefault(f => f.Name == name);

    /// <summary>
    /// As <see cref="HostFacts.ToString"/>, and what is unknown is called so: "FWB, DIC unknown, VHE".
    /// </summary>
    public string Describe()
    {
        bool Unknown(string name) => Fact(name) is { Value: null };
        string?[] words =
        [
            Unknown("FWB") ? "FWB unknown"
            : Host.Fwb ? "FWB"
            : "no FWB",
            Unknown("DIC") ? "DIC unknown"
            : Host.Dic ? "DIC"
            : "no DIC",
            Unknown(KvmFacts.Protected) ? "mode unknown"
            : Host.Mode == KvmMode.Protected ? "protected"
            : Unknown(KvmFacts.Vhe) ? "VHE or nVHE"
            : Host.Mode == KvmMode.Vhe ? "VHE"
            : "nVHE",
            Unknown("MTE") ? "MTE unknown"
            : Host.Mte ? "MTE"
            : null,
            Abilities.PageSize == CaseLayout.ModelPageSize ? null : $"{Abilities.PageSize >> 10} KiB pages",
        ];
        return string.Join(", ", words.OfType<string>());
    }

    /// <summary>What executes the host's instructions, whose errata apply; where that is unknown none do.</summary>
    public Platform Platform { get; init; } = Platform.Unknown;

    /// <summary>For the store: each fact with what is known of it, why not, and who said what.</summary>
    public Fields Settled() =>
        Fields.Of([
            .. Facts.Select(f =>
                (
                    f.Name,
                    (object?)
                        Fields.Of(
                            ("value", f.Value),
                            ("unknown", f.Unknown),
                            ("by", Fields.Of([.. f.By.Select(t => (t.Source, (object?)t.Says))]))
                        )
                )
            ),
        ]);
}
