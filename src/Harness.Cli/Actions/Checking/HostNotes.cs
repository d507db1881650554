using Harness.Protocol;
using Harness.Runs.Facts;

namespace Harness.Cli.Actions.Checking;

/// <summary>What else its owner wants to know before a run: what is there, and is left as it is.</summary>
internal static class HostNotes
{
    /// <param name="profile">The host.</param>
    /// <param name="facts">As the probe read them.</param>
    public static IReadOnlyList<string> Of(HostProfile profile, Fields facts)
    {
        var notes = new List<string>();
        if (profile.Platform.Tcg)
            notes.Add("an emulator without caches: what only a cache can show needs hardware");
        if (!facts.TryGet("owner", out var o) || o is not Fields owner)
            return notes;
        if (owner.TryInteger("machines", out long machines) && machines > 0)
            notes.Add(
                $"VMs of {machines} other {(machines == 1 ? "process" : "processes")} run there: they are not touched, and no case changes the host's memory settings meanwhile"
            );
        var pool = facts.Inner("providers").Inner("hugetlb");
        if (pool.Integer("total") > 0)
            notes.Add(
                $"hugetlb pages of {profile.Abilities.Sizes.Block >> 20} MiB: {pool.Integer("total")}, {pool.Integer("free")} free; the pool has that size again after each case that adds to it"
            );
        if (owner.Inner("settings") is var settings && settings.TextOrNull("ksm") is not (null or "0"))
            notes.Add("KSM runs there: it is left on");
        notes.AddRange(owner.List("gpus").OfType<Fields>().Select(Gpu));
        return notes;
    }

    /// <summary>"GPU 0009:01:00.0 (10de:2342), driver nvgrace-gpu-vfio-pci; link ...; memory: ...".</summary>
    private static string Gpu(Fields gpu)
    {
        string memory =
            gpu.TryGet("memory", out var value) && value is IReadOnlyList<object?> tables
                ? tables.Count == 0
                    ? "no coherent memory is named in ACPI"
                    : string.Join(", ", tables)
                : "ACPI can't be read by this login";
        return $"GPU {gpu.Text("address")} (10de:{gpu.TextOrNull("device")?.Replace("0x", "", StringComparison.Ordinal) ?? "?"}), driver {gpu.TextOrNull("driver") ?? "none"}; "
            + $"link {gpu.TextOrNull("linkSpeed") ?? "unknown"} x{gpu.TextOrNull("linkWidth") ?? "?"}; {memory}: read from sysfs, and left alone";
    }
}
