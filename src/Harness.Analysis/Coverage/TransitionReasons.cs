namespace Harness.Analysis.Coverage;

/// <summary>
/// Why a transition is never taken by a case. A transition that is reachable by some operations can't have such a
/// reason: then a case is missing.
/// </summary>
public static class TransitionReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } =
        new Dictionary<string, string>
        {
            ["host-store-read-only"] =
                "read-only memory is only tested with protected VMs, which older kernels don't have",
        };
}
