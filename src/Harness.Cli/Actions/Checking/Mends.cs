using Harness.Cases;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions.Checking;

/// <summary>What mends the lack of a part, from the host's facts.</summary>
/// <param name="name">The target's name.</param>
/// <param name="host">Its commands.</param>
/// <param name="facts">Its facts, as the probe read them.</param>
/// <param name="block">The size of a block there, in bytes.</param>
internal sealed class Mends(string name, HostCommand host, Fields facts, ulong block)
{
    private const int Eperm = 1,
        Eacces = 13;
    private const int Enoent = 2;
    private const int Einval = 22;
    private const int Enotty = 25;
    private const string Thp = "/sys/kernel/mm/transparent_hugepage/enabled";

    private string HugePages => $"/sys/kernel/mm/hugepages/hugepages-{block >> 10}kB/nr_hugepages";

    private Fields Providers => facts.Inner("providers");

    public bool IsRoot => facts.Integer("euid", otherwise: 0) == 0;

    /// <summary>What only root may use.</summary>
    public Mend AsRoot() =>
        new(
            null,
            host.IsBooted
                ? $"remove \"user\" of '{name}' in harness.json: root is the login then"
                : $"log in as root, or set \"become\": \"sudo\" for '{name}' in harness.json, if sudo wants no password there"
        );

    public Mend? Of(HostPart part) =>
        part switch
        {
            HostPart.Exporter => Exporter(),
            HostPart.SecretMemory => new(null, "boot its kernel with secretmem.enable=1 (CONFIG_SECRETMEM)"),
            HostPart.HugePages => Thps(),
            HostPart.HugeTlb => Providers.Inner("hugetlb").Integer("total") < 0
                ? new(null, $"boot a kernel with CONFIG_HUGETLBFS, and hugepagesz={block >> 20}M among its arguments")
                : host.Or($"echo 8 > {HugePages}", $"echo 8 > {HugePages} there, as root"),
            HostPart.OtherHugeTlb => new(
                null,
                "reserve pages in each pool of /sys/kernel/mm/hugepages there, as root; those of 1 GiB at boot: hugepagesz=1G hugepages=1"
            ),
            HostPart.UdmaBuf => Providers.Inner("udmabuf").Integer("errno") switch
            {
                Enoent => host.Or("modprobe udmabuf", "modprobe udmabuf there (CONFIG_UDMABUF)"),
                0 => new(null, "boot 6.12 or later"),
                _ => AsRoot(),
            },
            HostPart.Pci => Pci(),
            HostPart.VfioVariant => NoPci() ?? Variant(),
            HostPart.VfioDevices => NoPci()
                ?? new(
                    null,
                    "boot a kernel with CONFIG_VFIO_DEVICE_CDEV, which Debian's don't have, and the track 6.12-64k has"
                ),
            HostPart.PciReset => host.IsBooted
                ? null
                : new(null, "name a device that can be reset: /sys/bus/pci/devices/ADDRESS/reset_method has a word"),
            HostPart.DevMem => IsRoot ? new(null, "boot a kernel with CONFIG_DEVMEM, and without lockdown") : AsRoot(),
            HostPart.Hotplug => Exported("hotplug", "canHotplug", "CONFIG_MEMORY_HOTREMOVE"),
            HostPart.Dax when Providers.Inner("dax").Integer("errno") == Einval => new(
                null,
                "boot a kernel with CONFIG_FS_DAX"
            ),
            HostPart.Dax => facts.Inner("exporter") is var module && module.Flag("hasDax", otherwise: false)
                ? host.Or(
                    $"modprobe -a device_dax dax_hmem && echo {DaxDevice.Name} > {DaxDevice.NewId}",
                    $"modprobe -a device_dax dax_hmem; echo {DaxDevice.Name} > {DaxDevice.NewId}, there, as root"
                )
                : Exported("dax", "hasDax", "CONFIG_ZONE_DEVICE, CONFIG_DEV_DAX_HMEM"),
            HostPart.HugePfns => new(null, "boot 6.12 or later, with huge pages that are not turned off"),
            HostPart.TemporaryFiles => new(
                null,
                "give the login a folder for temporary files, with 4 MiB of room: /tmp or /var/tmp"
            ),
            HostPart.PageSize => new(null, "boot a kernel with pages of 4 KiB"),
            // The processor's own.
            HostPart.UserFaults => (facts.TryGet("userfaultfd", out var f) ? f as Fields : null)?.Integer(
                "errno"
            ) switch
            {
                Eperm => AsRoot(),
                Eacces => new(
                    null,
                    "have its policy allow it (with SELinux: ioctl of class anon_inode), or be permissive while the harness runs: setenforce 0"
                ),
                _ => new(null, "boot 6.10 or later, with CONFIG_USERFAULTFD"),
            },
            HostPart.Swap => new(
                "fallocate -l 64M /swap && chmod 600 /swap && mkswap /swap && swapon /swap",
                IsRoot ? null : AsRoot().Advice
            ),
            HostPart.Merging => new("echo 1 > /sys/kernel/mm/ksm/run", IsRoot ? null : AsRoot().Advice),
            HostPart.Poison => new("modprobe hwpoison-inject", IsRoot ? null : AsRoot().Advice),
            HostPart.Nested => new(
                null,
                "boot 6.16 or later with kvm-arm.mode=nested, on a CPU with FEAT_NV2; of QEMU's that is max, with lpa2=off"
            ),
            HostPart.IpaSize or HostPart.AccessFlag or HostPart.MemoryTags => null,
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, null),
        };

    /// <summary>One that answers, and is not used, is of another version.</summary>
    private Mend Exporter() =>
        facts.Inner("exporter").Integer("errno") switch
        {
            0 or Enotty when !ModulesAreSigned => new(
                $"{Hint.Program} targets prepare {name} --undo && {Hint.Program} targets prepare {name}",
                IsRoot ? null : AsRoot().Advice
            ),
            Enoent when host.IsBooted => new(
                null,
                $"remove harness.exporter=off from the kernel's arguments of '{name}' in harness.json, or build its image again: {Hint.Program} images build"
            ),
            Enoent or 0 or Enotty => ModulesAreSigned
                ? new(
                    null,
                    "its kernel loads signed modules only: install the exporter by DKMS with a key that it trusts (docs/lab-hosts.md), or live with the skips"
                )
                : new($"{Hint.Program} targets prepare {name}", IsRoot ? null : AsRoot().Advice),
            _ => AsRoot(),
        };

    /// <summary>A second and third range of memory that the exporter has.</summary>
    private Mend Exported(string range, string can, string options)
    {
        var module = facts.Inner("exporter");
        return module.Integer("errno") != 0 || module.Integer("abi") != FactsReader.ExporterAbi ? Exporter()
            : module.Bits(range + "Size") != 0 && !module.Flag(can, otherwise: false)
                ? new(null, $"boot 6.3 or later, with {options}")
            : host.IsBooted
                ? new(
                    null,
                    $"give '{name}' more \"memoryMiB\" than \"knownMemoryMiB\" in harness.json: 512 more are enough"
                )
            : new(
                $"{Hint.Program} targets prepare {name} --undo && {Hint.Program} targets prepare {name} --memory BASE,SIZE --{range} BASE,SIZE",
                "with ranges that mem= kept from its kernel (docs/lab-hosts.md)"
            );
    }

    /// <summary>module.sig_enforce, CONFIG_MODULE_SIG_FORCE, or lockdown.</summary>
    private bool ModulesAreSigned =>
        facts.TryGet("owner", out var o)
        && o is Fields owner
        && (owner.TextOrNull("signedModules") == "Y" || Lockdown.WantsSignatures(owner.TextOrNull("lockdown")));

    private Mend? Thps() =>
        Providers.Inner("thp").TextOrNull("enabled") is { } enabled
        && enabled.Contains("[never]", StringComparison.Ordinal)
            ? host.Or($"echo madvise > {Thp}", $"echo madvise > {Thp} there, as root")
            : new(null, "boot a kernel with CONFIG_TRANSPARENT_HUGEPAGE");

    private Fields? Device => Providers.List("pci").OfType<Fields>().FirstOrDefault();

    private Mend Pci() => NoPci() ?? host.Or("modprobe vfio-pci", "modprobe vfio-pci there");

    /// <summary>What VFIO with any driver needs.</summary>
    private Mend? NoPci() =>
        Device is not { } device
            ? host.IsBooted
                ? new(null, $"set \"pciMemory\": true for '{name}' in harness.json")
                : new(
                    host.AsLogin("ls /sys/bus/pci/devices"),
                    $"choose a device that nothing uses, and name it in harness.json: \"{name}\": {{ ..., \"pci\": [\"0000:01:00.0\"] }}"
                )
            : !IsRoot
                ? AsRoot()
                : device.TextOrNull("group") is null
                    ? new(null, "boot with an IOMMU (CONFIG_ARM_SMMU_V3; its firmware names it)")
                    : null;

    private Mend Variant() =>
        Device!.TryInteger("variant", out _) ? new(null, "boot 6.12 or later")
        : host.IsBooted
            ? new(null, "boot a track with VFIO's modules: the images of Debian's kernels have the variant driver")
        : new(null, "bind a GPU with memory of its own to nvgrace-gpu, and name it (docs/vfio.md)");

    /// <summary>The login may not open /dev/kvm, or there is none.</summary>
    public Mend Kvm() =>
        facts.Inner("kvm").Integer("errno") == Enoent
            ? new(
                null,
                "boot a kernel with CONFIG_KVM at EL2: `dmesg | grep kvm` there has its reason, and `lscpu` whether the machine is virtual itself"
            )
            // The login's shell expands the name, before sudo.
            : host.Or("usermod -aG kvm \"$(id -un)\"", "add the login to the group kvm");

    public Mend Policy() =>
        new(
            $"{Hint.Program} identify {name}",
            "it prints which policies agree with the host; then judge it by one: run --policy NAME"
        );

    public Mend Tracefs() =>
        host.IsBooted && IsRoot
            ? new(null, $"remove harness.tracefs=off from the kernel's arguments of '{name}' in harness.json")
        : !IsRoot ? AsRoot()
        : host.Or("mount -t tracefs tracefs /sys/kernel/tracing", "mount tracefs there");
}
