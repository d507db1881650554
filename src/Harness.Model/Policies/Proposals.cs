using static Harness.Model.Policies.Effects;

namespace Harness.Model.Policies;

/// <summary>
/// Proposals from the lists that were not merged in that form, each as a difference from the kernel that it was written
/// for. A rule's source is the mail: its subject, author and date.
/// </summary>
public static class Proposals
{
    private const string V3 = "[PATCH v3 1/1] KVM: arm64: Allow cacheable stage 2 mapping using VMA flags";
    private const string Unified = "vfio and cacheable device memory at stage 2";

    /// <summary>Agrawal, March 2025: checks only when a page faults.</summary>
    public static Policy FaultTime { get; } =
        Mainline
            .V6_16.As(
                "proposal-v3",
                "Cacheable VM_PFNMAP memory is mapped write-back with FWB, refused at the fault without; so is COW."
            )
            .After(
                "no-vma",
                new Rule(
                    "cow-pfnmap-refused",
                    Source.Mail(
                        "Agrawal, 2025-03-10",
                        V3,
                        "is_cow_mapping(vma->vm_flags): -EINVAL, in user_mem_abort()"
                    ),
                    "a private VM_PFNMAP mapping is not mapped at all",
                    static (in s) => s.PfnMap && s.Private,
                    Fail(Errno.EINVAL)
                ),
                new Rule(
                    "cacheable-device-memory",
                    Source.Mail(
                        "Agrawal, 2025-03-10",
                        V3,
                        "mapping_type(vma->vm_page_prot) == MT_NORMAL: cacheable_devmem"
                    ),
                    "VM_PFNMAP memory that the host maps cacheable is assumed to be safe to map so",
                    static (in s) => s.PfnMap && s.Backing.Cacheable,
                    Do(static (ref s) => s.CacheableDeviceMemory = true)
                )
            )
            .Without("cow-pfnmap-not-writable")
            .Replace(
                "device-unless-map-memory",
                new Rule(
                    "device-unless-map-memory",
                    Source.Mail(
                        "Agrawal, 2025-03-10",
                        V3,
                        "kvm_is_device_pfn(pfn): if (!cacheable_devmem) device = true"
                    ),
                    "a page outside the kernel's memory map is a device, unless it is cacheable device memory",
                    static (in s) => !s.IsMapMemory && !s.CacheableDeviceMemory,
                    Do(static (ref s) => s.Device = true)
                )
            )
            .After(
                "dic-executable",
                new Rule(
                    "cacheable-needs-fwb",
                    Source.Mail("Agrawal, 2025-03-10", V3, "cacheable_devmem && !stage2_has_fwb(pgt): -EINVAL"),
                    "without FWB the kernel would owe cache maintenance for memory that it doesn't map",
                    static (in s) => s.CacheableDeviceMemory && !s.Host.Fwb,
                    Fail(Errno.EINVAL)
                )
            );

    /// <summary>Zyngier's reply: an equivalent check at registration, and a way for userspace to find out.</summary>
    public static Policy Discoverable { get; } =
        FaultTime
            .As(
                "proposal-v3-discoverable",
                "As proposal-v3, but also refused when the slot is registered, and reported by a capability."
            )
            .After(
                "log-dirty-pfnmap",
                new Rule(
                    "cow-pfnmap-unregistered",
                    Source.Mail(
                        "Zyngier, 2025-03-10",
                        V3,
                        "an equivalent check at the point where the memslot is registered"
                    ),
                    "a mapping that the fault would refuse is refused when the slot is registered: a private VM_PFNMAP mapping",
                    static (in s) => s.PfnMap && s.Private,
                    Refuse(Errno.EINVAL)
                ),
                RegistrationNeedsFwb(
                    "Zyngier, 2025-03-10",
                    "an equivalent check at the point where the memslot is registered"
                )
            )
            .WithCapabilities(CacheableWithFwb("Zyngier, 2025-03-10", "FWB is not discoverable from userspace"));

    /// <summary>
    /// Gunthorpe: refuse when the slot is created, check again at the fault, never fall back to Device.
    /// </summary>
    public static Policy ErrorOnCreation { get; } =
        FaultTime
            .As(
                "proposal-error-on-creation",
                "As proposal-v3, but a cacheable slot is refused without FWB; migration finds out by trying."
            )
            .After(
                "log-dirty-pfnmap",
                RegistrationNeedsFwb("Gunthorpe, 2025-03-31", "a protective check during memslot creation")
            );

    /// <summary>
    /// Christopherson, as quoted by Gunthorpe: without FWB the guest gets Device, and a capability reports it.
    /// </summary>
    public static Policy FallbackToDevice { get; } =
        FaultTime
            .As(
                "proposal-fallback-device",
                "As proposal-v3 with FWB; without it cacheable memory falls back to Device, in a VM that has not requested errors."
            )
            .Without("cacheable-needs-fwb")
            .Replace(
                "cacheable-device-memory",
                new Rule(
                    "cacheable-device-memory",
                    Source.Mail(
                        "Christopherson, 2025-03-26, quoted by Gunthorpe, 2025-03-31",
                        V3,
                        "\"fallback to device\" on a per-VM basis"
                    ),
                    "VM_PFNMAP memory that the host maps cacheable is mapped so with FWB, and is a device without",
                    static (in s) => s.PfnMap && s.Backing.Cacheable && s.Host.Fwb,
                    Do(static (ref s) => s.CacheableDeviceMemory = true)
                )
            )
            .WithCapabilities(
                CacheableWithFwb("Christopherson, 2025-03-26", "a capability to enumerate cacheable PFNMAP mappings")
            );

    /// <summary>The same capability, in a VM that requested errors.</summary>
    public static Policy FallbackRefused { get; } =
        FallbackToDevice
            .As(
                "proposal-fallback-error",
                "As proposal-fallback-device, in a VM that requested an error on creation instead."
            )
            .After(
                "log-dirty-pfnmap",
                RegistrationNeedsFwb(
                    "Christopherson, 2025-03-26, quoted by Gunthorpe, 2025-03-31",
                    "\"error on creation\" on a per-VM basis"
                )
            );

    /// <summary>Marinas, April 2023, (a): vfio-pci becomes Normal-NC if the driver opts in, VMA by VMA.</summary>
    public static Policy NonCacheableByDriver { get; } =
        Mainline
            .V6_1.As("proposal-nc-vfio", "Device memory is Normal-NC where vfio opted in for the VMA.")
            .Replace(
                "device",
                new Rule(
                    "device-any-uncached",
                    Source.Mail("Marinas, 2023-04", Unified, "(a), opt-in at the vfio-pci level"),
                    "a device page is Normal-NC if its driver opted in",
                    static (in s) => s.Device && s.Backing.AllowAnyUncached,
                    Type(MemoryType.NormalNonCacheable)
                ),
                new Rule(
                    "device",
                    new Source("user_mem_abort", Mmu, "6.1", "device: KVM_PGTABLE_PROT_DEVICE"),
                    "any other device page is Device-nGnRE",
                    static (in s) => s.Device && !s.Backing.AllowAnyUncached,
                    Type(MemoryType.DeviceNGnRE)
                )
            );

    /// <summary>
    /// Marinas, (a), the other variants: by default with a global opt-out. A slot or a VM that opted in decides like
    /// this, all others like mainline-6.1.
    /// </summary>
    public static Policy NonCacheableByDefault { get; } =
        Mainline
            .V6_1.As(
                "proposal-nc-default",
                "All device memory is Normal-NC: by default, or if the slot or the VM opted in."
            )
            .Replace(
                "device",
                new Rule(
                    "device-non-cacheable",
                    Source.Mail(
                        "Marinas, 2023-04",
                        Unified,
                        "(a), by default with a global opt-out; or opted in for the KVM slot, or per VMM"
                    ),
                    "every device page is Normal-NC",
                    static (in s) => s.Device,
                    Type(MemoryType.NormalNonCacheable)
                )
            );

    /// <summary>Marinas, (b): cacheable with FWB if and only if the VMM's mapping is. Based on (a).</summary>
    public static Policy CacheableWithFwbOnly { get; } =
        NonCacheableByDriver
            .As(
                "proposal-cacheable-fwb",
                "As proposal-nc-vfio; device memory is cacheable with FWB if and only if the VMM's mapping is."
            )
            .Replace(
                "device-unless-map-memory",
                new Rule(
                    "device-unless-cacheable-with-fwb",
                    Source.Mail(
                        "Marinas, 2023-04",
                        Unified,
                        "(b), cacheable+FWB iff the VMM has a corresponding cacheable mapping"
                    ),
                    "a page outside the kernel's memory map is a device, unless the VMM maps it cacheable and there is FWB",
                    static (in s) => !s.IsMapMemory && !(s.Backing.Cacheable && s.Host.Fwb),
                    Do(static (ref s) => s.Device = true)
                )
            );

    public static IReadOnlyList<Policy> All { get; } =
    [
        NonCacheableByDriver,
        NonCacheableByDefault,
        CacheableWithFwbOnly,
        FaultTime,
        Discoverable,
        ErrorOnCreation,
        FallbackToDevice,
        FallbackRefused,
    ];

    private static Rule RegistrationNeedsFwb(string who, string note) =>
        new(
            "cacheable-pfnmap-unregistered",
            Source.Mail(who, V3, note),
            "without FWB a cacheable VM_PFNMAP slot is refused when it is registered",
            static (in s) => s.PfnMap && s.Backing.Cacheable && !s.Host.Fwb,
            Refuse(Errno.EINVAL)
        );

    private static Capability CacheableWithFwb(string who, string note) =>
        new(243, "ARM_CACHEABLE_PFNMAP_SUPPORTED", Source.Mail(who, V3, note), static host => host.Fwb ? 1 : 0);
}
