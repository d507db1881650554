namespace Harness.Runs.Judging;

/// <summary>The platform of a host, as far as guests can observe a difference.</summary>
/// <param name="Tcg">QEMU emulates its CPUs.</param>
/// <param name="Cpus">How many CPUs it has; 0 if that is unknown.</param>
public sealed record Platform(bool Tcg, int Cpus)
{
    /// <summary>Without errata, so that no deviation is excused.</summary>
    public static Platform Unknown { get; } = new(false, 0);
}
