using Harness.Protocol;
using static Harness.Reproducers.CProgram;

namespace Harness.Reproducers;

/// <summary>Steps for files, devices, and the exporter module.</summary>
internal sealed class FileWriter(CProgram program, CFile file, ReproducerSource source)
{
    private const string ExporterPath = "/dev/stage2-exporter";

    public void Open(int number, OpenStep step)
    {
        string as_ = step.As,
            name = program.Descriptor(as_),
            path = step.Path;
        string open = $"{name} = open({program.Path(path)}, {(step.Writable ? "O_RDWR" : "O_RDONLY")} | O_CLOEXEC);";
        if (path != ExporterPath)
        {
            program.Call(number, step, $"{InWords(path)} is opened", program.Plain(number, step, name), open);
            return;
        }
        bool needed = source.Program.Steps.OfType<ExportStep>().Any(s => s.Fd == as_);
        string test = program.Plain(number, step, name);
        file.Comment(
            $"Step {number}: the exporter module, "
                + (
                    !needed ? "to read the stage-2 descriptor with"
                    : ReadBy(as_) ? "to make the memory and to read the descriptor with"
                    : "to make the memory with"
                )
        );
        file.Code(open);
        file.Code($"if ({test}) {{");
        file.Code(
            needed
                ? $"\tputs(\"{ExporterPath} can't be opened: build and insmod stage2_exporter.ko, be root.\");\n"
                    + "\tputs(\"Only that module can make this memory: there is nothing to see without it.\");\n\tgoto out;"
                : $"\tputs(\"{ExporterPath} can't be opened: with stage2_exporter.ko, as root,\");\n"
                    + "\tputs(\"there would be the stage-2 descriptor to see, too.\");"
        );
        file.Code("}");
    }

    private bool ReadBy(string exporter) => source.Program.Steps.OfType<Stage2Step>().Any(s => s.Exporter == exporter);

    public void Export(int number, ExportStep step)
    {
        string fd = program.Get(step.Fd).Name;
        ulong size = step.Size;
        string flags = string.Join(
            " | ",
            (string[])
                [
                    .. step.AnyUncached ? ["STAGE2_ALLOW_ANY_UNCACHED"] : Array.Empty<string>(),
                    .. step.Insert switch
                    {
                        PageInsertion.Fault => ["STAGE2_INSERT_ON_FAULT"],
                        PageInsertion.Huge => ["STAGE2_INSERT_HUGE"],
                        PageInsertion.Notified => ["STAGE2_INSERT_ON_FAULT", "STAGE2_NOTIFIED"],
                        PageInsertion.Scattered => ["STAGE2_INSERT_ON_FAULT", "STAGE2_SCATTERED"],
                        _ => Array.Empty<string>(),
                    },
                ]
        );
        file.Need("stage2_export");
        file.Local("struct stage2_export export;");
        program.Call(
            number,
            step,
            $"{Quoted(step.Fd)} is to map {CText.Bytes(size)} {(step.Memory switch { ExportedMemory.Unknown => "that the kernel doesn't know", ExportedMemory.Hotplug => "that can be hot-added", _ => "of the kernel's" })}"
                + step.Insert switch
                {
                    PageInsertion.Fault => ", page by page as they are faulted in",
                    PageInsertion.Huge => ", a block at a time as they are faulted in",
                    PageInsertion.Notified =>
                        ", page by page as they are faulted in, read-only until the process stores to them",
                    PageInsertion.Scattered => ", page by page as they are faulted in, none behind the one before it",
                    _ => "",
                },
            program.Plain(number, step, $"ioctl({fd}, STAGE2_EXPORT, &export)"),
            $$"""
            export = (struct stage2_export) {
            	.struct_size = sizeof(export),
            	.memory = STAGE2_MEMORY_{{step.Memory.ToString().ToUpperInvariant()}},
            	.type = STAGE2_TYPE_{{step.Type.ToString().ToUpperInvariant()}},
            	.vma = STAGE2_VMA_{{step.Vma.ToString().ToUpperInvariant()}},
            	.flags = {{(flags.Length == 0 ? "0" : flags)}},
            	.length = {{program.Size(size)}},
            };
            """
        );
    }

    public void Hotplug(int number, HotplugStep step)
    {
        file.Need("stage2_hotplug");
        file.Local("__u32 hotplugged;");
        program.Call(
            number,
            step,
            step.Added
                ? "the memory is added to the kernel's, offline: add_memory_driver_managed()"
                : "the memory is unmapped, and removed from the kernel's: remove_memory()",
            program.Plain(number, step, $"ioctl({program.Get(step.Fd).Name}, STAGE2_HOTPLUG, &hotplugged)"),
            $"hotplugged = {(step.Added ? 1 : 0)};"
        );
    }

    private const int UsualKiB = 2048;

    /// <summary>As in linux/memfd.h.</summary>
    private static string HugeFlag(int kib) =>
        kib >= 1 << 20 ? $"MFD_HUGE_{kib >> 20}GB"
        : kib >= 1 << 10 ? $"MFD_HUGE_{kib >> 10}MB"
        : $"MFD_HUGE_{kib}KB";

    public void Memfd(int number, MemfdStep step)
    {
        string name = program.Descriptor(step.As);
        ulong size = step.Size;
        file.Include("sys/mman.h");
        file.Local("long ret;");
        if (step.Huge)
            file.Need("huge_memfd");
        string flags =
            "MFD_CLOEXEC"
            + (step.Huge ? $" | MFD_HUGETLB | {HugeFlag(step.HugeKiB ?? UsualKiB)}" : "")
            + (step.SealShrink ? " | MFD_ALLOW_SEALING" : "");
        program.Call(
            number,
            step,
            $"a memfd of {CText.Bytes(size)}{(step.Huge ? $", in pages of {CText.Bytes((ulong)(step.HugeKiB ?? UsualKiB) << 10)}" : "")}{(step.SealShrink ? ", which can't shrink" : "")}",
            program.Plain(number, step, "ret"),
            $"{name} = memfd_create({CText.String(step.As)}, {flags});\nret = {name} < 0 ? -1 : ftruncate({name}, {program.Size(size)});"
                + (step.SealShrink ? $"\nif (ret == 0)\n\tret = fcntl({name}, F_ADD_SEALS, F_SEAL_SHRINK);" : "")
        );
    }

    public void Secretmem(int number, SecretmemStep step)
    {
        string name = program.Descriptor(step.As);
        file.Need("memfd_secret");
        file.Local("long ret;");
        program.Call(
            number,
            step,
            $"{CText.Bytes(step.Size)} of secret memory, which the kernel takes out of its own linear map",
            program.Plain(number, step, "ret"),
            $"{name} = syscall(__NR_memfd_secret, O_CLOEXEC);\nret = {name} < 0 ? -1 : ftruncate({name}, {program.Size(step.Size)});"
        );
    }

    public void TemporaryFile(int number, TemporaryFileStep step)
    {
        string name = program.Descriptor(step.As);
        file.Need("temporary_file");
        file.Local($"char {name}_path[] = {CText.String(step.Folder + "/stage2-repro.XXXXXX")};");
        program.Call(
            number,
            step,
            $"a file of {CText.Bytes(step.Size)} in {step.Folder}",
            program.Plain(number, step, name),
            $"{name} = temporary_file({name}_path, {program.Size(step.Size)});"
        );
    }

    public void HugePages(int number, HugePagesStep step)
    {
        program.Declare(step.As, VariableKind.Scenario);
        file.Need("huge_pages");
        int count = step.Count,
            kib = step.KiB ?? UsualKiB;
        file.Finally("if (pool_before >= 0)\n\tresize_pool(pool_before);");
        program.Call(
            number,
            step,
            $"hugetlbfs has {(count == 1 ? "a page" : $"{count} pages")} of {CText.Bytes((ulong)kib << 10)} to give",
            program.Plain(number, step, $"need_huge_pages({count}, {kib})")
        );
    }

    public void UdmaBuf(int number, UdmaBufStep step)
    {
        string memory = program.Get(step.Memory).Name,
            name = program.Descriptor(step.As);
        file.Need("udmabuf");
        Opened(
            number,
            step,
            name,
            $"a udmabuf over {Quoted(step.Memory)}",
            $"create_udmabuf({memory}, {program.Size(step.Size)})"
        );
    }

    public void VfioBind(int number, VfioBindStep step)
    {
        program.Declare(step.As, VariableKind.Scenario);
        string device = program.Path(step.Address);
        file.Need("vfio_bind");
        file.Finally($"vfio_unbind({device});");
        program.Call(
            number,
            step,
            $"the device goes to {step.Driver}, and back in the end",
            program.Plain(number, step, $"vfio_bind({device}, {CText.String(step.Driver)})")
        );
    }

    public void VfioDevice(int number, VfioDeviceStep step)
    {
        string container = program.Get(step.Container).Name,
            group = program.Get(step.Group).Name,
            name = program.Descriptor(step.As);
        file.Need("vfio_device");
        Opened(
            number,
            step,
            name,
            "the device, by its group",
            $"vfio_device({container}, {group}, {program.Path(step.Address)})"
        );
    }

    public void VfioIommu(int number, VfioIommuStep step)
    {
        string iommu = program.Get(step.Iommu).Name,
            name = program.Descriptor(step.As);
        file.Need("vfio_iommu");
        Opened(number, step, name, "the device, by its own file", $"vfio_iommu({iommu}, {program.Path(step.Address)})");
    }

    /// <summary>A step that gives a descriptor.</summary>
    private void Opened(int number, Step step, string name, string what, string call) =>
        program.Call(number, step, what, program.Plain(number, step, name), $"{name} = {call};");

    public void VfioCommand(int number, VfioCommandStep step)
    {
        string device = program.Get(step.Device).Name;
        file.Need("vfio_command");
        program.Call(
            number,
            step,
            $"the device's memory is {(step.Memory ? "enabled" : "disabled")}",
            program.Plain(number, step, $"vfio_command({device}, {(step.Memory ? 1 : 0)})")
        );
    }

    public void VfioReset(int number, VfioResetStep step)
    {
        string device = program.Get(step.Device).Name;
        file.Include("linux/vfio.h");
        program.Call(
            number,
            step,
            "the device is reset",
            program.Plain(number, step, $"ioctl({device}, VFIO_DEVICE_RESET)")
        );
    }

    public void VfioUnbind(int number, VfioUnbindStep step)
    {
        file.Need("vfio_release");
        program.Call(
            number,
            step,
            "the driver is to release the device",
            program.Plain(number, step, $"vfio_release({program.Path(step.Address)})")
        );
    }

    public void VfioRegion(int number, VfioRegionStep step)
    {
        string device = program.Get(step.Device).Name;
        string name = program.Declare(
            step.As,
            VariableKind.Region,
            new Variable("", VariableKind.Region) { Device = device }
        );
        int index = step.Index;
        string bar =
            source.Pci is { } pci && pci.Bar == index
                ? program.Macro("PCI_BAR", CText.Number(index))
                : CText.Number(index);
        file.Include("linux/vfio.h");
        file.Local($"struct vfio_region_info {name};");
        program.Call(
            number,
            step,
            "where the BAR is in the device's file",
            program.Plain(number, step, $"ioctl({device}, VFIO_DEVICE_GET_REGION_INFO, &{name})"),
            $"{name} = (struct vfio_region_info) {{ .argsz = sizeof({name}), .index = {bar} }};"
        );
    }

    private static string InWords(string path) =>
        path.StartsWith("/sys/bus/pci/", StringComparison.Ordinal) ? "the PCI device's BAR" : path;
}
