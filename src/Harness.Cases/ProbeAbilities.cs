namespace Harness.Cases;

/// <summary>What a host provides beyond errno and exits; it decides what a program contains.</summary>
/// <param name="Exporter">
/// The exporter module is loaded: backings beyond anonymous memory, and the stage-2 descriptor.
/// </param>
/// <param name="Descriptor">The exporter can walk stage 2 there; in protected mode it can't.</param>
/// <param name="Trace">kprobe events are available through tracefs.</param>
/// <param name="Secretmem">memfd_secret(2) works.</param>
public sealed record ProbeAbilities(bool Exporter, bool Descriptor, bool Trace, bool Secretmem = false)
{
    /// <summary>"which is not loaded there": why the exporter module can't be used, or null.</summary>
    public string? WhyNoExporter { get; init; }

    /// <summary>Why userfaultfd(2) can't provide missing pages there, or null if it can.</summary>
    public string? WhyNoUserFaults { get; init; }

    /// <summary>Why userfaultfd(2) can't write-protect pages there, or null if it can.</summary>
    public string? WhyNoWriteFaults { get; init; }

    /// <summary>Why userfaultfd(2) can't map pages that a file has there, or null if it can.</summary>
    public string? WhyNoMinorFaults { get; init; }

    /// <summary>Why no page can be written to swap there, or null if pages can.</summary>
    public string? WhyNoSwap { get; init; }

    /// <summary>Why KSM merges no pages there, or null if it does.</summary>
    public string? WhyNoMerging { get; init; }

    /// <summary>Why no memory can be made to fail there, or null if it can.</summary>
    public string? WhyNoPoison { get; init; }

    /// <summary>The page size of the host's kernel, in bytes.</summary>
    public ulong PageSize { get; init; } = CaseSizes.Usual.Page;

    private readonly CaseSizes? _sizes;

    /// <summary>The sizes of a case's memory there: those of the page size, unless others are given.</summary>
    public CaseSizes Sizes
    {
        get => _sizes ?? new(PageSize);
        init => _sizes = value;
    }

    /// <summary>
    /// The factor by which all timeouts are multiplied: in protected mode on TCG it takes seconds to create or destroy
    /// a VM.
    /// </summary>
    public int Slowness { get; init; } = 1;

    /// <summary>The timeout of one KVM_RUN, in milliseconds.</summary>
    public int RunTimeoutMs => CaseLayout.RunTimeoutMs * Slowness;

    /// <summary>The IPA size of a VM if KVM_CREATE_VM requests no other.</summary>
    public const int UsualIpaBits = 40;

    /// <summary>
    /// The IPA size of a VM there: <see cref="UsualIpaBits"/>, unless the host supports less, or a hypervisor always
    /// sets its maximum.
    /// </summary>
    public int IpaBits { get; init; } = UsualIpaBits;

    /// <summary>The largest IPA size of a VM there: KVM_CAP_ARM_VM_IPA_SIZE of /dev/kvm.</summary>
    public int IpaLimit { get; init; } = UsualIpaBits;

    /// <summary>FEAT_HAFDBS: guests' CPUs set the access flag in descriptors.</summary>
    public bool SetsAccessFlag { get; init; } = true;

    /// <summary>FEAT_MTE2, and KVM offers KVM_CAP_ARM_MTE.</summary>
    public bool MemoryTags { get; init; } = true;

    /// <summary>VMs may have EL2: KVM_CAP_ARM_EL2.</summary>
    public bool Nested { get; init; }

    /// <summary>The host's CPUs are emulated by QEMU's TCG.</summary>
    public bool Emulated { get; init; }

    /// <summary>The IPA size in a VM's type: 0 means 40 bits, which a host that supports less refuses.</summary>
    public ulong VmType => IpaBits < UsualIpaBits ? (ulong)IpaBits : 0;

    /// <summary>The first guest physical address beyond a VM's IPA size.</summary>
    public ulong EndOfGuestMemory => 1ul << IpaBits;

    /// <summary>The memory providers that it supports.</summary>
    public ProviderAbilities Providers { get; init; } = ProviderAbilities.Unasked;
}
