using Harness.Cases;
using Harness.Model;
using Harness.Runs.Judging;
using Harness.Wire;

namespace Harness.Runs;

/// <summary>
/// Reads a host's profile out of what its probe told. A feature is asked of every source that has it: the exporter's id
/// registers, those of a vCPU, and the kernel's log; sources that contradict each other make the host unusable.
/// </summary>
public static class FactsReader
{
    private const int ExporterAbi = 2;

    /// <summary>ID_AA64MMFR2_EL1.FWB, bits 43:40 (Arm ARM D24.2.83).</summary>
    private const int FwbShift = 40;

    /// <summary>CTR_EL0.DIC, bit 29 (Arm ARM D24.2.36).</summary>
    private const int DicBit = 29;

    /// <summary>ID_AA64PFR1_EL1.MTE, bits 11:8: 1 has the instructions alone, 2 has tags in memory (Arm ARM D24.2.86).</summary>
    private const int MteShift = 8;

    private const int CapArmMte = 205; // KVM_CAP_ARM_MTE

    /// <exception cref="UnusableFactsException">Nothing can be judged by these facts; the message says why.</exception>
    public static HostProfile Read(Fields facts)
    {
        try
        {
            return ReadFields(facts);
        }
        catch (FormatException e)
        {
            throw new UnusableFactsException($"the probe's facts are not as expected: {e.Message}");
        }
    }

    private static HostProfile ReadFields(Fields facts)
    {
        var kernel = facts.Inner("kernel");
        var kvm = facts.Inner("kvm");
        if (kvm.Integer("errno") is not 0 and var errno)
            throw new UnusableFactsException($"/dev/kvm can't be used there: errno {errno}");
        var exporter = facts.Inner("exporter");
        bool exported = exporter.Integer("errno") == 0;
        if (exported && exporter.Integer("abi") != ExporterAbi)
            throw new UnusableFactsException(
                $"the exporter module there has ABI {exporter.Integer("abi")}, the harness {ExporterAbi}: load the one built from this source");

        string[] log = kernel.TryGet("log", out var lines) && lines is IReadOnlyList<object?> list ? [.. list.OfType<string>()] : [];
        bool fwb = Feature("FWB", exported ? exporter.Inner("registers") : null, kvm, "id_aa64mmfr2_el1",
            v => ((v >> FwbShift) & 0xf) != 0, log, "Stage-2 Force Write-Back");
        bool dic = Feature("DIC", exported ? exporter.Inner("registers") : null, kvm, "ctr_el0",
            v => (v >> DicBit & 1) != 0, log, "Instruction cache invalidation not required for I/D coherence");

        var mode = ModeOf(log, exported && exporter.Flag("protectedMode"));
        var capabilities = Capabilities(kvm, "vm");
        bool mte = Mte(exported ? exporter.Inner("registers") : null, capabilities, mode);

        return new HostProfile(
            kernel.Text("release"),
            new HostFacts(fwb, dic, mode, mte),
            new ProbeAbilities(exported, exported && exporter.Flag("canWalk"), facts.Inner("trace").Flag("available"),
                facts.Inner("secretmem").Integer("errno") == 0),
            new Decoding(fwb, ProtOf(facts)))
        {
            VmCapabilities = capabilities,
            SystemCapabilities = Capabilities(kvm, "system"),
        };
    }

    private static Dictionary<int, int> Capabilities(Fields kvm, string asked)
    {
        var answers = kvm.Inner(asked);
        return Enumerable.Range(0, answers.Count).Select(i => answers[i].Key).ToDictionary(
            key => int.TryParse(key, out int number) ? number : throw new FormatException($"'{key}' is no capability"),
            key => answers.TryGet(key, out var value) && value is Fields refused
                ? -(int)refused.Integer("errno") : (int)answers.Integer(key));
    }

    /// <summary>
    /// system_supports_mte(). The capability of a VM is just that, save in protected mode, where it is always 0. The register
    /// can't say yes for it: it has the field also where the kernel was built without CONFIG_ARM64_MTE.
    /// </summary>
    private static bool Mte(Fields? exporter, Dictionary<int, int> capabilities, KvmMode mode)
    {
        bool? register = exporter is null ? null : ((exporter.Bits("id_aa64pfr1_el1") >> MteShift) & 0xf) >= 2;
        bool? capability = mode != KvmMode.Protected && capabilities.TryGetValue(CapArmMte, out int value) && value >= 0 ? value != 0 : null;
        if (capability == true && register == false)
            throw new UnusableFactsException(
                "contradictory facts: MTE is there by a VM's KVM_CAP_ARM_MTE, not there by the exporter's id_aa64pfr1_el1");
        return capability ?? register ?? throw new UnusableFactsException(
            "nothing there tells whether the CPUs have MTE: KVM_CHECK_EXTENSION has no answer, and the exporter module is not loaded");
    }

    /// <summary>
    /// The exporter's registers say yes and no. A vCPU's can only say yes, since KVM hides features, and so does a log whose
    /// beginning is overwritten.
    /// </summary>
    private static bool Feature(
        string name, Fields? exporter, Fields kvm, string register, Func<ulong, bool> read, string[] log, string line)
    {
        var said = new List<(string Source, bool Value)>();
        if (exporter is not null)
            said.Add(("the exporter's " + register, read(exporter.Bits(register))));
        if (kvm.TryGet("registers", out var r) && r is Fields vcpu && vcpu.TryGet(register, out var v) && v is long or ulong
            && read(vcpu.Bits(register)))
            said.Add(("a vCPU's " + register, true));
        bool logged = log.Any(l => l.Contains(line, StringComparison.Ordinal));
        if (logged || log.Any(l => l.Contains("Booting Linux on physical CPU", StringComparison.Ordinal)))
            said.Add(("the kernel's log", logged));
        if (said.Count == 0)
            throw new UnusableFactsException(
                $"nothing there tells whether the CPUs have {name}: load the exporter module, or run before the boot messages leave the log");
        return said.All(s => s.Value == said[0].Value)
            ? said[0].Value
            : throw new UnusableFactsException($"contradictory facts: {name} is "
                + string.Join(", ", said.Select(s => $"{(s.Value ? "there" : "not there")} by {s.Source}")));
    }

    /// <summary>kvm_arm_init() in arch/arm64/kvm/arm.c says which mode it settled on.</summary>
    private static KvmMode ModeOf(string[] log, bool protectedMode) =>
        protectedMode || log.Any(l => l.Contains("Protected", StringComparison.Ordinal) && l.Contains("initialized", StringComparison.Ordinal))
            ? KvmMode.Protected
            : log.Any(l => l.Contains("VHE mode initialized", StringComparison.Ordinal) && !l.Contains("nVHE", StringComparison.Ordinal)
                && !l.Contains("hVHE", StringComparison.Ordinal))
                ? KvmMode.Vhe
                : KvmMode.Nvhe;

    private static ProtBits? ProtOf(Fields facts)
    {
        if (!facts.TryGet("prot", out var p) || p is not Fields prot || !prot.TryGet("values", out var v) || v is not Fields values)
            return null;
        ulong Bit(string name) => values.Has(name) ? values.Bits(name) : 0;
        // 6.19 split X into PX (EL1) and UX (EL0).
        ulong execute = Bit("KVM_PGTABLE_PROT_PX") is not 0 and var px ? px : Bit("KVM_PGTABLE_PROT_X");
        return new ProtBits(execute, Bit("KVM_PGTABLE_PROT_W"), Bit("KVM_PGTABLE_PROT_DEVICE"), Bit("KVM_PGTABLE_PROT_NORMAL_NC"));
    }
}
