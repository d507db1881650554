using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>Files, devices, and what the exporter module makes.</summary>
internal sealed partial class StepWriter
{
    private const string ExporterPath = "/dev/stage2-exporter";

    private void Open(int number, Step step, Fields a)
    {
        string as_ = a.Text("as"), name = Descriptor(as_), path = a.Text("path");
        string open = $"{name} = open({Path(path)}, {(a.Flag("writable") ? "O_RDWR" : "O_RDONLY")} | O_CLOEXEC);";
        if (path != ExporterPath)
        {
            Call(number, step, $"{InWords(path)} is opened", Plain(number, step, name), open);
            return;
        }
        bool needed = source.Program.Steps.Any(s => s.Op is "export" or "export-inserted" && s.Args.Text("fd") == as_);
        string test = Plain(number, step, name);
        file.Comment($"Step {number}: the exporter module, "
            + (!needed ? "to read the stage-2 descriptor with" : ReadBy(as_) ? "to make the memory and to read the descriptor with" : "to make the memory with"));
        file.Code(open);
        file.Code($"if ({test}) {{");
        file.Code(needed
            ? $"\tputs(\"{ExporterPath} can't be opened: build and insmod stage2_exporter.ko, be root.\");\n"
                + "\tputs(\"Only that module can make this memory: there is nothing to see without it.\");\n\tgoto out;"
            : $"\tputs(\"{ExporterPath} can't be opened: with stage2_exporter.ko, as root,\");\n"
                + "\tputs(\"there would be the stage-2 descriptor to see, too.\");");
        file.Code("}");
    }

    private bool ReadBy(string exporter) => source.Program.Steps.Any(s => s.Op == "stage2" && s.Args.Text("exporter") == exporter);

    private void Export(int number, Step step, Fields a, string insert)
    {
        string fd = Get(a, "fd").Name;
        ulong size = a.Bits("size");
        string flags = string.Join(" | ", (string[])
        [
            .. a.Flag("anyUncached") ? ["STAGE2_ALLOW_ANY_UNCACHED"] : Array.Empty<string>(),
            .. insert switch
            {
                "fault" => ["STAGE2_INSERT_ON_FAULT"],
                "huge" => ["STAGE2_INSERT_HUGE"],
                "notified" => ["STAGE2_INSERT_ON_FAULT", "STAGE2_NOTIFIED"],
                "scattered" => ["STAGE2_INSERT_ON_FAULT", "STAGE2_SCATTERED"],
                "mmap" => Array.Empty<string>(),
                _ => throw new FormatException($"'{insert}' is no way to insert pages"),
            },
        ]);
        file.Need("stage2_export");
        file.Local("struct stage2_export export;");
        Call(number, step,
            $"{Quoted(a.Text("fd"))} is to map {CText.Bytes(size)} {(a.Text("memory") == "unknown" ? "that the kernel doesn't know" : "of the kernel's")}"
                + insert switch
                {
                    "fault" => ", page by page as they are faulted in",
                    "huge" => ", 2 MiB at a time as they are faulted in",
                    "notified" => ", page by page as they are faulted in, read-only until the process stores to them",
                    "scattered" => ", page by page as they are faulted in, none behind the one before it",
                    _ => "",
                },
            Plain(number, step, $"ioctl({fd}, STAGE2_EXPORT, &export)"),
            $$"""
            export = (struct stage2_export) {
            	.struct_size = sizeof(export),
            	.memory = STAGE2_MEMORY_{{a.Text("memory").ToUpperInvariant()}},
            	.type = STAGE2_TYPE_{{a.Text("type").ToUpperInvariant()}},
            	.vma = STAGE2_VMA_{{a.Text("vma").ToUpperInvariant()}},
            	.flags = {{(flags.Length == 0 ? "0" : flags)}},
            	.length = {{Size(size)}},
            };
            """);
    }

    private void Memfd(int number, Step step, Fields a) => MadeFile(number, step, a, huge: false, seal: false);

    private void MemoryFile(int number, Step step, Fields a) => MadeFile(number, step, a, a.Flag("huge"), a.Flag("sealShrink"));

    private void MadeFile(int number, Step step, Fields a, bool huge, bool seal)
    {
        string name = Descriptor(a.Text("as"));
        ulong size = a.Bits("size");
        file.Include("sys/mman.h");
        file.Local("long ret;");
        if (huge)
            file.Need("huge_memfd");
        string flags = "MFD_CLOEXEC" + (huge ? " | MFD_HUGETLB | MFD_HUGE_2MB" : "") + (seal ? " | MFD_ALLOW_SEALING" : "");
        Call(number, step, $"a memfd of {CText.Bytes(size)}{(huge ? ", in pages of 2 MiB" : "")}{(seal ? ", which can't shrink" : "")}",
            Plain(number, step, "ret"),
            $"{name} = memfd_create({CText.String(a.Text("as"))}, {flags});\nret = {name} < 0 ? -1 : ftruncate({name}, {Size(size)});"
                + (seal ? $"\nif (ret == 0)\n\tret = fcntl({name}, F_ADD_SEALS, F_SEAL_SHRINK);" : ""));
    }

    private void Secretmem(int number, Step step, Fields a)
    {
        string name = Descriptor(a.Text("as"));
        file.Need("memfd_secret");
        file.Local("long ret;");
        Call(number, step, $"{CText.Bytes(a.Bits("size"))} of secret memory, which the kernel takes out of its own linear map",
            Plain(number, step, "ret"),
            $"{name} = syscall(__NR_memfd_secret, O_CLOEXEC);\nret = {name} < 0 ? -1 : ftruncate({name}, {Size(a.Bits("size"))});");
    }

    private void TemporaryFile(int number, Step step, Fields a)
    {
        string name = Descriptor(a.Text("as"));
        file.Need("temporary_file");
        file.Local($"char {name}_path[] = {CText.String(a.Text("folder") + "/stage2-repro.XXXXXX")};");
        Call(number, step, $"a file of {CText.Bytes(a.Bits("size"))} in {a.Text("folder")}",
            Plain(number, step, name), $"{name} = temporary_file({name}_path, {Size(a.Bits("size"))});");
    }

    private void HugePages(int number, Step step, Fields a)
    {
        Declare(a.Text("as"), VariableKind.Setting);
        file.Need("huge_pages");
        long count = a.Integer("count");
        file.Finally("if (pool_before >= 0)\n\tresize_pool(pool_before);");
        Call(number, step, $"hugetlbfs has {(count == 1 ? "a page" : $"{count} pages")} of 2 MiB to give",
            Plain(number, step, $"need_huge_pages({count})"));
    }

    private void UdmaBuf(int number, Step step, Fields a)
    {
        string memory = Get(a, "memory").Name, name = Descriptor(a.Text("as"));
        file.Need("udmabuf");
        Call(number, step, $"a udmabuf over {Quoted(a.Text("memory"))}",
            Plain(number, step, name), $"{name} = create_udmabuf({memory}, {Size(a.Bits("size"))});");
    }

    private void VfioBind(int number, Step step, Fields a)
    {
        Declare(a.Text("as"), VariableKind.Setting);
        string device = Path(a.Text("address"));
        file.Need("vfio_bind");
        file.Finally($"vfio_unbind({device});");
        Call(number, step, "the device goes to vfio-pci, and back in the end", Plain(number, step, $"vfio_bind({device})"));
    }

    private void VfioDevice(int number, Step step, Fields a)
    {
        string container = Get(a, "container").Name, group = Get(a, "group").Name, name = Descriptor(a.Text("as"));
        file.Need("vfio_device");
        Call(number, step, "the device, by its group", Plain(number, step, name),
            $"{name} = vfio_device({container}, {group}, {Path(a.Text("address"))});");
    }

    private void VfioRegion(int number, Step step, Fields a)
    {
        string device = Get(a, "device").Name;
        string name = Declare(a.Text("as"), VariableKind.Region, new Variable("", VariableKind.Region) { Device = device });
        long index = a.Integer("index");
        string bar = source.Pci is { } pci && pci.Bar == index ? Macro("PCI_BAR", CText.Number(index)) : CText.Number(index);
        file.Include("linux/vfio.h");
        file.Local($"struct vfio_region_info {name};");
        Call(number, step, "where the BAR is in the device's file", Plain(number, step, $"ioctl({device}, VFIO_DEVICE_GET_REGION_INFO, &{name})"),
            $"{name} = (struct vfio_region_info) {{ .argsz = sizeof({name}), .index = {bar} }};");
    }

    /// <summary>A path or a PCI address as a C string, with what is this machine's own as macros.</summary>
    private string Path(string path)
    {
        if (source.Pci is not { } pci)
            return CText.String(path);
        string text = path;
        var parts = new List<string>();
        if (pci.Group is { } group && path == $"/dev/vfio/{group}")
            return $"\"/dev/vfio/\" {Macro("PCI_GROUP", CText.String(group))}";
        int at = text.IndexOf(pci.Address, StringComparison.Ordinal);
        if (at < 0)
            return CText.String(path);
        if (at > 0)
            parts.Add(CText.String(text[..at]));
        parts.Add(Macro("PCI_DEVICE", CText.String(pci.Address)));
        text = text[(at + pci.Address.Length)..];
        string resource = $"/resource{pci.Bar}";
        if (text.StartsWith(resource, StringComparison.Ordinal))
        {
            parts.Add("\"/resource\"");
            parts.Add(Macro("PCI_RESOURCE", CText.String(text["/resource".Length..])));
        }
        else if (text.Length > 0)
        {
            parts.Add(CText.String(text));
        }
        return string.Join(' ', parts);
    }

    /// <summary>An offset into a file: that of a BAR in /dev/mem is the machine's own.</summary>
    private string Place(ulong offset) =>
        source.Pci is { } pci && offset >= pci.Start && offset - pci.Start < pci.Size && pci.Start > 0
            ? Macro("PCI_START", CText.Hex(pci.Start) + "UL") + (offset == pci.Start ? "" : $" + {Size(offset - pci.Start)}")
            : Size(offset);

    private string Macro(string name, string value)
    {
        file.Macros[name] = value;
        return name;
    }

    private static string InWords(string path) => path.StartsWith("/sys/bus/pci/", StringComparison.Ordinal) ? "the PCI device's BAR" : path;
}
