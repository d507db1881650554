namespace Harness.Store;

/// <summary>
/// One target of a run and what is known of it. Only the first two are known before it is connected;
/// <see cref="RunWriter.DescribeHostAsync"/> replaces the rest once they are.
/// </summary>
/// <param name="Target">The target's name in harness.json; unique in a run.</param>
/// <param name="Kind">"qemu" or "ssh".</param>
/// <param name="KernelRelease">uname -r.</param>
/// <param name="KernelVersion">uname -v.</param>
/// <param name="BuildId">The GNU build id of the running kernel, hex.</param>
/// <param name="Cpu">For people: "FWB, DIC, no MTE" or a model's name.</param>
/// <param name="QemuVersion">Null on a target the harness did not boot.</param>
/// <param name="QemuCommandLine">Null on a target the harness did not boot.</param>
/// <param name="BootId">/proc/sys/kernel/random/boot_id.</param>
/// <param name="ImageHash">Content hash of the guest image; null on a target the harness did not boot.</param>
/// <param name="Capabilities">KVM capabilities as a JSON object, or null.</param>
/// <param name="Facts">Every host fact as a JSON object, or null.</param>
/// <param name="Evidence">The levels of evidence the host offers, strongest first.</param>
/// <param name="Policy">The policy the host's cases were predicted with.</param>
/// <param name="Platform">What executes its instructions: "a CPU", "QEMU TCG"; null where that is unknown.</param>
public sealed record HostRecord(
    string Target,
    string Kind,
    string? KernelRelease = null,
    string? KernelVersion = null,
    string? BuildId = null,
    string? Cpu = null,
    string? QemuVersion = null,
    string? QemuCommandLine = null,
    string? BootId = null,
    string? ImageHash = null,
    string? Capabilities = null,
    string? Facts = null,
    IReadOnlyList<string>? Evidence = null,
    string? Policy = null,
    string? Platform = null)
{
    /// <summary>Of a pair: the target that VMs leave; else null.</summary>
    public string? Source { get; init; }

    /// <summary>Of a pair: the target that they come to; else null.</summary>
    public string? Destination { get; init; }
}
