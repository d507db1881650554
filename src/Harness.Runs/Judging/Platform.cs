namespace Harness.Runs.Judging;

/// <summary>The platform of a host, as far as guests can observe a difference.</summary>
/// <param name="Tcg">QEMU emulates its CPUs.</param>
/// <param name="Cpus">How many CPUs it has; 0 if that is unknown.</param>
/// <param name="Hardware">CPUs execute it, and their caches are there.</param>
public sealed record Platform(bool Tcg, int Cpus, bool Hardware = false)
{
    /// <summary>Without errata, so that no deviation is excused.</summary>
    public static Platform Unknown { get; } = new(false, 0);

    /// <summary>Why a word that was read says nothing about caches; null where it does.</summary>
    public string? WhyNoCaches =>
        Hardware ? null
        : Tcg ? "QEMU's TCG has no caches"
        : "what executes the host is not known, and an emulator has no caches";
}
