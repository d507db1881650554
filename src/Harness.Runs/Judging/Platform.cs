namespace Harness.Runs.Judging;

/// <summary>What a host runs on, as far as guests can tell the difference.</summary>
/// <param name="Tcg">QEMU emulates its CPUs.</param>
/// <param name="Cpus">How many CPUs it has; 0 where that is unknown.</param>
public sealed record Platform(bool Tcg, int Cpus)
{
    /// <summary>No errata apply, so that nothing is explained away.</summary>
    public static Platform Unknown { get; } = new(false, 0);
}
