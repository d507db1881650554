using Harness.Wire;

namespace Harness.Runs.Judging;

/// <summary>What a host runs on, as far as guests can tell the difference.</summary>
/// <param name="Tcg">QEMU emulates its CPUs.</param>
/// <param name="Cpus">How many CPUs it has; 0 where that is unknown.</param>
public sealed record Platform(bool Tcg, int Cpus)
{
    private const string QemuVirt = "linux,dummy-virt"; // the compatible of QEMU's machine "virt"
    private const long SoftwareImplementer = 0; // MIDR_EL1.Implementer: reserved for software use; QEMU's CPU "max"

    public static Platform Unknown { get; } = new(false, 0);

    /// <summary>
    /// TCG where the host's device tree says that it is QEMU's virt machine, and either its CPU is one that no silicon has,
    /// or the harness itself started that QEMU so. A machine like that under KVM of its own is neither.
    /// </summary>
    /// <param name="facts">The probe's.</param>
    /// <param name="origin">What the harness knows of it: "kind", "qemu-command-line".</param>
    public static Platform Of(Fields facts, IReadOnlyDictionary<string, string> origin)
    {
        if (!facts.TryGet("kernel", out var k) || k is not Fields kernel)
            return Unknown;
        bool virt = kernel.TryGet("compatible", out var c) && c is string compatible
            && compatible.Split('\0', '\n').Contains(QemuVirt);
        bool software = facts.TryGet("cpu", out var cpu) && cpu is Fields named
            && named.TryGet("implementer", out var i) && i is string implementer && Convert.ToInt64(implementer, 16) == SoftwareImplementer;
        bool ours = origin.GetValueOrDefault("kind") == "qemu"
            && origin.GetValueOrDefault("qemu-command-line", "").Contains("-accel tcg", StringComparison.Ordinal);
        int cpus = kernel.TryGet("cpus", out var n) && n is long count ? (int)count : 0;
        return new Platform(virt && (software || ours), cpus);
    }
}
