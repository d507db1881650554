using Harness.Cases;
using Harness.Model;
using Harness.Runs.Judging;
using Harness.Wire;

namespace Harness.Runs;

/// <summary>The facts of a host cannot be true together, or say too little to judge by.</summary>
public sealed class UnusableFactsException(string message) : Exception(message);

/// <summary>What the probe's facts mean to the model, to the compiler and to the judge.</summary>
/// <param name="Release">uname -r.</param>
/// <param name="Host">What the decision asks of the host.</param>
/// <param name="Abilities">What programs may ask of the probe there.</param>
/// <param name="Decoding">How to read its evidence.</param>
public sealed record HostProfile(string Release, HostFacts Host, ProbeAbilities Abilities, Decoding Decoding)
{
    /// <summary>What KVM_CHECK_EXTENSION answered on a VM, by capability; an errno is negative. Empty where nobody asked.</summary>
    public IReadOnlyDictionary<int, int> VmCapabilities { get; init; } = new Dictionary<int, int>();

    /// <summary>What it answered on /dev/kvm.</summary>
    public IReadOnlyDictionary<int, int> SystemCapabilities { get; init; } = new Dictionary<int, int>();
}
