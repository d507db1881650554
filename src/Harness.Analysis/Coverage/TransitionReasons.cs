namespace Harness.Analysis.Coverage;

/// <summary>
/// Why a transition decides nothing that a case could come to. A transition that some acts lead to has no such excuse: then a
/// case is missing.
/// </summary>
public static class TransitionReasons
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["no-page"] = "a slot over a hole is asked of ordinary VMs by the cases about attributes, and where there are protected VMs, these fail to pin",
        ["host-store-read-only"] = "memory that may only be read is asked of protected VMs, which older kernels don't have",
    };
}
