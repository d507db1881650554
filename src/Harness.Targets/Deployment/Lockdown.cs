namespace Harness.Targets.Deployment;

/// <summary>
/// The kernel's lockdown, as /sys/kernel/security/lockdown has it: "none [integrity] confidentiality".
/// </summary>
public static class Lockdown
{
    /// <summary>Whether it refuses modules without a signature. Without the file it does not.</summary>
    public static bool WantsSignatures(string? text) =>
        text is not null
        && (
            text.Contains("[integrity]", StringComparison.Ordinal)
            || text.Contains("[confidentiality]", StringComparison.Ordinal)
        );
}
