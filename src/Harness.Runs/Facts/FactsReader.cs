using Harness.Cases;
using Harness.Model;
using Harness.Processes;
using Harness.Protocol;
using Harness.Runs.Judging;

namespace Harness.Runs.Facts;

/// <summary>
/// Derives a host's profile from the probe's facts. Every available source of a fact is used. A fact without a source,
/// or with contradicting sources, is unknown: then several hosts are possible.
/// </summary>
public static class FactsReader
{
    /// <summary>
    /// Measured on TCG: 2 s to 6 s for a case that takes 20 ms elsewhere, nearly all of it for creating and destroying
    /// the VM.
    /// </summary>
    private const int ProtectedSlowness = 5;

    /// <summary>That of the exporter module which this harness uses.</summary>
    public const int ExporterAbi = ProbeFacts.ExporterAbi;

    private const int CapEl2 = 240; // KVM_CAP_ARM_EL2
    private const int Eacces = 13;
    private const int Enoent = 2;
    private const int Enotty = 25;
    private const int Eperm = 1;
    private const int Enosys = 38;

    /// <exception cref="UnusableFactsException">The facts are not those of a probe; the message says why.</exception>
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
        var told = new ProbeFacts(facts);
        var (fwb, dic) = (CpuFeatures.Fwb(told), CpuFeatures.Dic(told));
        var (isProtected, isVhe) = (KvmFacts.IsProtected(told), KvmFacts.IsVhe(told));
        var mte = CpuFeatures.Mte(told, isProtected.IsThere);
        var isNested = KvmFacts.IsNested(told);
        var pageSize = KvmFacts.PageSize(told);
        long bytes = long.TryParse(pageSize.Value, out long known) ? known : (long)CaseSizes.Usual.Page;

        HostFacts[] possible =
        [
            .. from f in Values(fwb)
            from d in Values(dic)
            from p in Values(isProtected)
            from m in Values(mte)
            from n in Values(isNested)
            // The decision does not distinguish VHE from nVHE: if that is unknown, there is still only one host.
            select new HostFacts(
                f,
                d,
                p ? KvmMode.Protected
                    : isVhe.IsThere == false ? KvmMode.Nvhe
                    : KvmMode.Vhe,
                m
            )
            {
                PageKiB = (int)(bytes >> 10),
                Nested = n,
            },
        ];
        var exporter = told.Exporter;
        var platform = PlatformFacts.Of(told);
        return new HostProfile(
            told.Kernel.Text("release"),
            possible[0],
            new ProbeAbilities(
                exporter is not null,
                exporter is not null && exporter.Flag("canWalk"),
                facts.Inner("trace").Flag("available"),
                facts.Inner("secretmem").Integer("errno") == 0
            )
            {
                Providers = ProvidersReader.Read(
                    facts,
                    exporter is not null,
                    facts.Integer("euid", otherwise: -1) == 0,
                    new CaseSizes((ulong)bytes)
                ),
                WhyNoExporter = WhyNoExporter(facts.Inner("exporter")),
                WhyNoUserFaults = WhyNoUserFaults(facts, 0),
                WhyNoWriteFaults = WhyNoUserFaults(facts, WriteFaults),
                WhyNoMinorFaults = WhyNoUserFaults(facts, MinorFaults),
                WhyNoSwap = WhyNoSwap(facts),
                WhyNoMerging = WhyNoMerging(facts),
                WhyNoPoison = WhyNoPoison(facts),
                PageSize = (ulong)bytes,
                Slowness = SlownessOf(isProtected.IsThere, TimeoutScale.Factor),
                IpaBits = KvmFacts.IpaBitsOfVm(told, isProtected.IsThere == true),
                IpaLimit = KvmFacts.IpaBitsOfVm(told, isProtected: true),
                MemoryTags =
                    mte.IsThere == true
                    && told.VmCapabilities.GetValueOrDefault(
                        205 /* KVM_CAP_ARM_MTE */
                    ) > 0,
                Nested = told.SystemCapabilities.GetValueOrDefault(CapEl2) > 0,
                Emulated = platform.Value == PlatformFacts.Tcg,
                SetsAccessFlag = told.ByVcpu("id_aa64mmfr1_el1", v => (v & 0xf) != 0) is not null,
            },
            new Decoding(possible[0].Fwb, ProtOf(facts)) { PageSize = (ulong)bytes }
        )
        {
            Possible = possible,
            Facts =
            [
                fwb,
                dic,
                CpuFeatures.Idc(told),
                mte,
                CpuFeatures.Lpa2(told, bytes),
                isProtected,
                isVhe,
                isNested,
                KvmFacts.IsHvhe(told),
                pageSize,
                KvmFacts.IpaSize(told),
                platform,
            ],
            Platform = new Platform(
                platform.Value == PlatformFacts.Tcg,
                told.Kernel.TryInteger("cpus", out long cpus) ? (int)cpus : 0,
                Hardware: platform.Value == PlatformFacts.Cpu
            ),
            Build = told.Kernel.TextOrNull("version"),
            NoKvmReason = NoKvmReason(told.Kvm),
            VmCapabilities = told.VmCapabilities,
            SystemCapabilities = told.SystemCapabilities,
        };
    }

    /// <summary>How many times the usual time programs get: a busy machine emulates its hosts slowly.</summary>
    /// <param name="isProtected">Null if it is unknown.</param>
    /// <param name="slowdown">HARNESS_SLOWDOWN. Less than 1 doesn't make a host faster.</param>
    public static int SlownessOf(bool? isProtected, double slowdown) =>
        (isProtected == false ? 1 : ProtectedSlowness) * (int)Math.Ceiling(Math.Max(1, slowdown));

    private static bool[] Values(Fact fact) => fact.IsThere is { } known ? [known] : [false, true];

    private static string? NoKvmReason(Fields kvm) =>
        kvm.Integer("errno") switch
        {
            0 when kvm.Integer("vmErrno", 0) is not 0 and var errno =>
                $"no VM can be created there (KVM_CREATE_VM: errno {errno})",
            0 => null,
            Enoent => "there is no /dev/kvm there: boot a kernel with KVM at EL2",
            Eacces or Eperm =>
                "the login may not open /dev/kvm there: log in as root, or add the user to the group kvm",
            var errno => $"/dev/kvm can't be opened there: errno {errno}",
        };

    /// <summary>Completes "needs the exporter module, ...".</summary>
    private static string? WhyNoExporter(Fields exporter) =>
        exporter.Integer("errno") switch
        {
            0 when exporter.Integer("abi") is not ProbeFacts.ExporterAbi and var abi =>
                $"but that loaded there has ABI {abi} and the harness {ProbeFacts.ExporterAbi}: load the one built from this source",
            0 => null,
            Enoent => "which is not loaded there",
            // The ioctl's number has the size of what it returns.
            Enotty => "but that loaded there is of another version: load the one built from this source",
            Eacces or Eperm => "which only root may use",
            var errno => $"which can't be used there: errno {errno}",
        };

    /// <summary>UFFD_FEATURE_PAGEFAULT_FLAG_WP, linux/userfaultfd.h.</summary>
    private const long WriteFaults = 1;

    /// <summary>UFFD_FEATURE_MINOR_SHMEM.</summary>
    private const long MinorFaults = 1 << 10;

    private static string? WhyNoUserFaults(Fields facts, long features)
    {
        if (!facts.TryGet("userfaultfd", out var told) || told is not Fields faults)
            return "needs userfaultfd(2), of which the facts there say nothing: run again with this version's probe";
        return faults.Integer("errno") switch
        {
            0 when (faults.Integer("features", 0) & features) == features => null,
            0 when features == MinorFaults =>
                "needs userfaultfd(2) for pages that a file has, which the kernel there doesn't have (CONFIG_SHMEM)",
            0 => "needs userfaultfd(2) with write protection, which arm64 has from 6.10 on",
            Enosys => "needs userfaultfd(2), which the kernel there doesn't have (CONFIG_USERFAULTFD)",
            Eperm => "needs userfaultfd(2), which only root may use there (vm.unprivileged_userfaultfd)",
            Eacces => "needs userfaultfd(2), which a security module denies there (SELinux: class anon_inode)",
            var errno => $"needs userfaultfd(2), which can't be used there: errno {errno}",
        };
    }

    /// <summary>More than what programs that run side by side have there.</summary>
    private const long SwapKiB = 4 << 10;

    private static string? WhyNoSwap(Fields facts) =>
        facts.Integer("swapFreeKiB", otherwise: 0) >= SwapKiB ? null : $"needs {SwapKiB >> 10} MiB of free swap";

    private static string? WhyNoMerging(Fields facts) =>
        facts.TryGet("owner", out var told) && told is Fields owner && owner.Inner("settings").TextOrNull("ksm") is "1"
            ? null
            : "needs KSM, which doesn't run there";

    private static string? WhyNoPoison(Fields facts) =>
        facts.TryGet("poison", out var told) && told is Fields poison && poison.Integer("errno") is 0
            ? null
            : "needs the kernel's module hwpoison-inject, debugfs and root";

    private static ProtBits? ProtOf(Fields facts)
    {
        if (
            !facts.TryGet("prot", out var p)
            || p is not Fields prot
            || !prot.TryGet("values", out var v)
            || v is not Fields values
        )
            return null;
        ulong Bit(string name) => values.Has(name) ? values.Bits(name) : 0;
        // 6.19 split X into PX (EL1) and UX (EL0).
        ulong execute = Bit("KVM_PGTABLE_PROT_PX") is not 0 and var px ? px : Bit("KVM_PGTABLE_PROT_X");
        return new ProtBits(
            execute,
            Bit("KVM_PGTABLE_PROT_W"),
            Bit("KVM_PGTABLE_PROT_DEVICE"),
            Bit("KVM_PGTABLE_PROT_NORMAL_NC")
        );
    }
}
