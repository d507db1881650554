using Harness.Cases;
using Harness.Model;
using Harness.Model.Releases;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Facts;

/// <summary>The facts of a host are not those of a probe, or not enough for a judgement.</summary>
public sealed class UnusableFactsException(string message) : Exception(message);

/// <summary>The meaning of the probe's facts for the model, the compiler and the judge.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="Host">The host facts that the decision depends on; if some are unknown, the first possibility.</param>
/// <param name="Abilities">What programs may use there.</param>
/// <param name="Decoding">How to decode its evidence.</param>
public sealed record HostProfile(string Release, HostFacts Host, ProbeAbilities Abilities, Decoding Decoding)
{
    private readonly IReadOnlyList<HostFacts>? _possible;

    /// <summary>The possible host facts: one, unless something that the decision depends on is unknown.</summary>
    public IReadOnlyList<HostFacts> Possible
    {
        get => _possible ?? [Host];
        init => _possible = value;
    }

    /// <summary>All facts about the host, known or not.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>
    /// /proc/version: the package of the kernel, if uname -r doesn't have it; null if it was not read.
    /// </summary>
    public string? Build { get; init; }

    /// <summary>
    /// The policy that the host is judged by, and how far its kernel's release is known; null before that is chosen.
    /// </summary>
    public PolicyChoice? Choice { get; init; }

    /// <summary>Why no case can be run there, or null.</summary>
    public string? NoKvmReason { get; init; }

    /// <summary>
    /// What KVM_CHECK_EXTENSION returned on a VM, by capability; an errno is negative. Empty if it was not called.
    /// </summary>
    public IReadOnlyDictionary<int, int> VmCapabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>What it returned on /dev/kvm.</summary>
    public IReadOnlyDictionary<int, int> SystemCapabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>The fact of that name, or null.</summary>
    public Fact? Fact(string name) => Facts.FirstOrDefault(f => f.Name == name);

    /// <summary>As <see cref="HostFacts.ToString"/>, with unknown features marked: "FWB, DIC unknown, VHE".</summary>
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
            Host.Nested && !Unknown(KvmFacts.Nested) ? "nested" : null,
            Unknown("MTE") ? "MTE unknown"
            : Host.Mte ? "MTE"
            : null,
            Abilities.PageSize == CaseSizes.Usual.Page
                ? null
                : $"{Abilities.PageSize >> 10} KiB pages with blocks of {Abilities.Sizes.Block >> 20} MiB",
        ];
        return string.Join(", ", words.OfType<string>());
    }

    /// <summary>What executes the host's instructions, with its errata; if that is unknown there are none.</summary>
    public Platform Platform { get; init; } = Platform.Unknown;

    /// <summary>For the store: each fact with its value, or why it is unknown, and its sources.</summary>
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
