namespace Harness.Analysis.Coverage;

/// <summary>
/// Why a transition decides nothing that a case could come to. A transition that some operations lead to has no such
/// excuse: then a case is missing.
/// </summary>
public static class TransitionReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>
        {
            ["host-store-read-only"] =
                "memory that may only be read is asked of protected VMs, which older kernels don't have",
        };
}
