using System.Globalization;

namespace Harness.Targets.Qemu;

/// <summary>QEMU's options for a machine, each with its reason.</summary>
public static class QemuCommandLine
{
    /// <summary>All options, in the order of the command line.</summary>
    /// <param name="spec">The machine.</param>
    /// <param name="qmpSocket">The socket for QMP.</param>
    /// <param name="console">The file for the serial console.</param>
    public static IReadOnlyList<QemuFlag> Flags(QemuSpec spec, string qmpSocket, string console)
    {
        if (spec.KnownMemoryMiB is { } known && (known <= 0 || known >= spec.MemoryMiB))
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"known memory of {known} MiB is not within the machine's {spec.MemoryMiB} MiB"
                ),
                nameof(spec)
            );
        List<QemuFlag> flags =
        [
            new("-nodefaults", null, "no default devices"),
            new("-no-user-config", null, "the same machine for every user"),
            new("-display", "none", "no window"),
            new(
                "-machine",
                string.Join(
                    ',',
                    [
                        "virt",
                        "virtualization=on",
                        "gic-version=3",
                        .. spec.PciMemoryMiB is null ? [] : (string[])["iommu=smmuv3"],
                        .. spec.MemoryFile is null ? [] : (string[])["memory-backend=ram"],
                        .. spec.MachineOptions,
                    ]
                ),
                "EL2 for KVM inside; KVM's vgic requires GICv3; VFIO requires an IOMMU"
            ),
            new("-accel", "tcg,thread=multi", "arm64 on any machine; one host thread a CPU"),
            new("-cpu", spec.Cpu, "decides about FWB and DIC"),
            new("-smp", Number(spec.Cpus), "with one CPU, TCG drops the alignment check on Device memory"),
            new(
                "-m",
                Number(spec.MemoryMiB) + "M",
                "for the kernel, the initramfs and the memory kept from the kernel"
            ),
            .. spec.IsRestored ? [] : Boot(spec),
            new(
                "-netdev",
                "user,id=net0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:0-:22",
                "only ssh, only from this machine; the guest has no network. Port 0: QEMU takes a free one"
            ),
            new("-device", "virtio-net-pci,netdev=net0,romfile=", "no option ROM, so none need be installed"),
            new("-chardev", $"file,id=console,path={Escaped(console)}", "kept for error messages"),
            new("-serial", "chardev:console", "the kernel's console"),
            new("-chardev", $"socket,id=qmp,path={Escaped(qmpSocket)},server=on,wait=off", "for QMP"),
            new("-mon", "chardev=qmp,mode=control", "to query and to stop QEMU"),
            new("-no-reboot", null, "a panic ends QEMU (panic=-1), and that is an event"),
        ];
        if (spec.PciMemoryMiB is { } pci)
        {
            flags.Add(
                new(
                    "-object",
                    $"memory-backend-ram,id=pcimem,size={Number(pci)}M,share=on",
                    "the memory of a PCI device's BAR"
                )
            );
            flags.Add(
                new(
                    "-device",
                    "pcie-root-port,id=pciport,addr=10.0,hotplug=off",
                    "a bus that the kernel can reset; QEMU answers no hotplug command in time"
                )
            );
            flags.Add(
                new(
                    "-device",
                    "ivshmem-plain,memdev=pcimem,master=on,bus=pciport",
                    "a PCI device that is nothing but memory; master: the machine can be saved"
                )
            );
        }
        flags.AddRange(spec.Devices);
        if (spec.MemoryFile is { } memory)
            flags.Add(
                new(
                    "-object",
                    $"memory-backend-file,id=ram,size={Number(spec.MemoryMiB)}M,mem-path={Escaped(memory.Path)},share={(memory.Restored ? "off" : "on")}",
                    memory.Restored
                        ? "a booted machine's memory; what this one writes is its own"
                        : "the memory is in a snapshot's file"
                )
            );
        if (spec.IsRestored)
            flags.Add(new("-incoming", "defer", "go on from a booted machine's state; QMP says from which"));
        return flags;
    }

    private static QemuFlag[] Boot(QemuSpec spec) =>
        [
            new("-kernel", spec.KernelPath, "the kernel under test"),
            new("-initrd", spec.InitrdPath, "everything else: there is no disk"),
            new("-append", KernelCommandLine(spec), "see the kernel's arguments"),
        ];

    /// <summary>The kernel's command line.</summary>
    public static string KernelCommandLine(QemuSpec spec)
    {
        var arguments = new List<string> { "console=ttyAMA0", "panic=-1" };
        if (spec.KnownMemoryMiB is { } known && spec.Unknown is { } unknown)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"mem={known}M"));
            // The guest's init passes these to the exporter module.
            AddRange(arguments, "unknown", unknown);
            AddRange(arguments, "dax", spec.Dax);
            AddRange(arguments, "hotplug", spec.Hotplug);
        }
        if (spec.User != QemuSpec.Root)
            arguments.Add($"harness.user={spec.User}");
        arguments.AddRange(spec.KernelArguments);
        return string.Join(' ', arguments);
    }

    private static void AddRange(List<string> arguments, string name, UnknownMemory? range)
    {
        if (range is not null)
            arguments.Add(
                string.Create(CultureInfo.InvariantCulture, $"harness.{name}=0x{range.Start:X},0x{range.Size:X}")
            );
    }

    /// <summary>The flags as arguments.</summary>
    public static IReadOnlyList<string> Arguments(IEnumerable<QemuFlag> flags) =>
        [.. flags.SelectMany(f => f.Value is null ? [f.Name] : new[] { f.Name, f.Value })];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // In QEMU's option lists a comma separates; two are a literal one (docs: "QEMU option syntax").
    private static string Escaped(string path) => path.Replace(",", ",,", StringComparison.Ordinal);
}
