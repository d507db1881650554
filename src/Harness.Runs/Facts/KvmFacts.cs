using System.Globalization;
using System.Text.RegularExpressions;
using Harness.Cases;

namespace Harness.Runs.Facts;

/// <summary>KVM's mode and sizes on the host, by every available source.</summary>
internal static partial class KvmFacts
{
    private const int CapIpaSize = 165; // KVM_CAP_ARM_VM_IPA_SIZE
    private const int CapBlockSizes = 229; // KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES

    public const string Protected = "protected";
    public const string Vhe = "VHE";
    public const string Nested = "nested";

    /// <summary>
    /// is_protected_kvm_enabled(). kvm_arm_init() in arch/arm64/kvm/arm.c logs the mode. A command line that doesn't
    /// request protected mode proves that KVM is not in it; one that does may not have been honoured.
    /// </summary>
    public static Fact IsProtected(ProbeFacts told)
    {
        var said = new List<FactSource>();
        if (told.Exporter is { } exporter)
            said.Add(
                new FactSource("the exporter's is_protected_kvm_enabled()", Fact.Word(exporter.Flag("protectedMode")))
            );
        if (Settled(told.Log) is { } line)
            said.Add(new FactSource(BootLog.Source, Fact.Word(line.Contains("Protected", StringComparison.Ordinal))));
        if (told.OnCommandLine("kvm-arm.mode=protected") == false)
            said.Add(new FactSource("the kernel's command line", Fact.NotThere));
        return Fact.Of(Protected, $"the kernel's command line requests it, and its log {told.Log.Weakness}", said);
    }

    /// <summary>The host's kernel runs at EL2: CurrentEL from the exporter, bits 3:2.</summary>
    public static Fact IsVhe(ProbeFacts told)
    {
        var said = new List<FactSource>();
        if (told.Exporter is { } exporter)
            said.Add(new FactSource("the exporter's CurrentEL", Fact.Word((exporter.Bits("currentEl") >> 2 & 3) == 2)));
        if (Settled(told.Log) is { } line)
            said.Add(new FactSource(BootLog.Source, Fact.Word(PlainVhe().IsMatch(line))));
        return Fact.Of(Vhe, $"the exporter module isn't loaded, and the kernel's log {told.Log.Weakness}", said);
    }

    /// <summary>
    /// ARM64_HAS_NESTED_VIRT: KVM logs NV2 with the mode. A command line that doesn't request it proves that it is not
    /// there; one that does may not have been honoured.
    /// </summary>
    public static Fact IsNested(ProbeFacts told)
    {
        var said = new List<FactSource>();
        if (Settled(told.Log) is { } line)
            said.Add(new FactSource(BootLog.Source, Fact.Word(line.Contains("+NV2", StringComparison.Ordinal))));
        if (told.OnCommandLine("kvm-arm.mode=nested") == false)
            said.Add(new FactSource("the kernel's command line", Fact.NotThere));
        return Fact.Of(Nested, $"the kernel's command line requests it, and its log {told.Log.Weakness}", said);
    }

    /// <summary>hVHE: EL2 itself runs with HCR_EL2.E2H, below a host at EL1. Only the log shows it.</summary>
    public static Fact IsHvhe(ProbeFacts told) =>
        Fact.Of(
            "hVHE",
            $"the kernel's log {told.Log.Weakness}",
            Settled(told.Log) is { } line
                ? [new FactSource(BootLog.Source, Fact.Word(line.Contains("hVHE", StringComparison.Ordinal)))]
                : []
        );

    /// <summary>
    /// Bytes. The smallest of KVM's leaf sizes is a page; in protected mode that capability is 0 from 7.3 on.
    /// </summary>
    public static Fact PageSize(ProbeFacts told)
    {
        var said = new List<FactSource>();
        void Add(string source, long bytes) => said.Add(new FactSource(source, Number(bytes)));
        if (told.Kernel.TryInteger("pageSize", out long own))
            Add("getpagesize()", own);
        if (told.Exporter is { } exporter)
            Add("the exporter's PAGE_SIZE", exporter.Integer("pageSize"));
        if (told.OfVm(CapBlockSizes) is { } sizes and not 0)
            Add("a VM's KVM_CAP_ARM_SUPPORTED_BLOCK_SIZES", sizes & -sizes);
        return Fact.Of("page size", "the probe did not report it", said);
    }

    /// <summary>Bits of an intermediate physical address.</summary>
    public static Fact IpaSize(ProbeFacts told)
    {
        var said = new List<FactSource>();
        if (told.SystemCapabilities.GetValueOrDefault(CapIpaSize) is > 0 and var limit)
            said.Add(new FactSource("/dev/kvm's KVM_CAP_ARM_VM_IPA_SIZE", Number(limit)));
        if (told.OfVm(CapIpaSize) is { } bits and not 0)
            said.Add(new FactSource("a VM's KVM_CAP_ARM_VM_IPA_SIZE", Number(bits)));
        if (told.Log.Find(IpaLimit()) is { } logged)
            said.Add(new FactSource(BootLog.Source, logged));
        return Fact.Of("IPA size", $"no VM can be created, and the kernel's log {told.Log.Weakness}", said);
    }

    /// <summary>
    /// The IPA size of a VM that doesn't request one: 40 bits, or the host's limit if that is smaller. In protected
    /// mode a VM always has the host's limit: kvm_init_stage2_mmu(), arch/arm64/kvm/mmu.c.
    /// </summary>
    public static int IpaBitsOfVm(ProbeFacts told, bool isProtected) =>
        (
            told.SystemCapabilities.GetValueOrDefault(CapIpaSize) is > 0 and var limit ? limit
            : told.OfVm(CapIpaSize) is { } ofVm and > 0 ? ofVm
            : ProbeAbilities.UsualIpaBits
        )
            is var bits
        && isProtected
            ? bits
            : Math.Min(bits, ProbeAbilities.UsualIpaBits);

    private static string? Settled(BootLog log) => log.Find(Initialized());

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    // "VHE mode initialized successfully", "VHE+NV2 mode ...", "Hyp nVHE mode ...", "Protected hVHE mode ...",
    // "Hyp mode ..."
    [GeneratedRegex("kvm \\[\\d+\\]: (.*mode initialized.*)")]
    private static partial Regex Initialized();

    [GeneratedRegex("^VHE(\\+NV2)? mode")]
    private static partial Regex PlainVhe();

    [GeneratedRegex("kvm \\[\\d+\\]: IPA Size Limit: (\\d+) bits")]
    private static partial Regex IpaLimit();
}
