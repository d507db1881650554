namespace Harness.Model.Releases;

/// <summary>The policy that a kernel is judged under, and why this one.</summary>
/// <param name="Policy">The policy; null where there is none, and <paramref name="Reason"/> says why.</param>
/// <param name="Standing">How far the release is known.</param>
/// <param name="Release">The release in short: "6.12.118".</param>
/// <param name="Nearest">Of an unverified one the nearest release that is known: "6.12.117"; else null.</param>
/// <param name="Reason">Of an unverified or unknown one, why; else null.</param>
public sealed record PolicyChoice(
    Policy? Policy,
    ReleaseStanding Standing,
    string Release,
    string? Nearest = null,
    string? Reason = null
)
{
    /// <summary>Named by the user: whatever the kernel, it is held to that policy.</summary>
    public static PolicyChoice Named(Policy policy, string release) => new(policy, ReleaseStanding.Read, release);

    /// <summary>
    /// Where it does otherwise than the policy says, that is no kernel's fault before somebody has read it.
    /// </summary>
    public bool Unverified => Standing == ReleaseStanding.Unverified;

    /// <summary>"6.12.118 decides otherwise than 6.12.117".</summary>
    public string Otherwise => $"{Release} decides otherwise than {Nearest ?? Policy?.Name}";
}
