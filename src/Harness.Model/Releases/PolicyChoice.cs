namespace Harness.Model.Releases;

/// <summary>The policy that a kernel is judged by, and why.</summary>
/// <param name="Policy">The policy; null if there is none, and <paramref name="Reason"/> says why.</param>
/// <param name="Standing">How far the release is known.</param>
/// <param name="Release">The release in short: "6.12.118".</param>
/// <param name="Nearest">For an unverified release the nearest known one: "6.12.117"; else null.</param>
/// <param name="Reason">For an unverified or unknown release, why; else null.</param>
public sealed record PolicyChoice(
    Policy? Policy,
    ReleaseStanding Standing,
    string Release,
    string? Nearest = null,
    string? Reason = null
)
{
    /// <summary>Named by the user: any kernel is judged by that policy.</summary>
    public static PolicyChoice Named(Policy policy, string release) => new(policy, ReleaseStanding.Read, release);

    /// <summary>The release has not been read, so a deviation from the policy is not the kernel's fault.</summary>
    public bool Unverified => Standing == ReleaseStanding.Unverified;

    /// <summary>"6.12.118 decides differently from 6.12.117".</summary>
    public string Otherwise => $"{Release} decides differently from {Nearest ?? Policy?.Name}";
}
