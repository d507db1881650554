using System.Text;
using Harness.Cases;
using Harness.Protocol;
using static Harness.Reproducers.CProgram;

namespace Harness.Reproducers;

/// <summary>Steps for VMs, slots and vCPUs.</summary>
internal sealed class KvmWriter(CProgram program, CFile file, ReproducerSource source)
{
    private const int WordsInLine = 2;

    private StartRunStep? _beside;

    /// <summary>The vCPU that was launched and has not been waited for.</summary>
    private string? _launched;

    public void Vm(int number, VmStep step)
    {
        string name = program.Descriptor(step.As, VariableKind.Vm);
        program.Call(
            number,
            step,
            "a VM",
            program.Plain(number, step, name),
            $"{name} = ioctl(kvm, KVM_CREATE_VM, {CText.Hex(step.Type)}UL);"
        );
    }

    public void EnableCapability(int number, EnableCapabilityStep step)
    {
        string capability = Capability(step.Capability);
        file.Local("struct kvm_enable_cap cap;");
        program.Call(
            number,
            step,
            $"{capability} is enabled",
            program.Plain(number, step, $"ioctl({program.Get(step.Vm).Name}, KVM_ENABLE_CAP, &cap)"),
            $"cap = (struct kvm_enable_cap) {{ .cap = {capability}{(step.Argument == 0 ? "" : $", .args = {{ {CText.Hex(step.Argument)} }}")} }};"
        );
    }

    public void Extension(int number, ExtensionStep step)
    {
        string? vm = step.Vm;
        string capability = Capability(step.Capability);
        file.Need("begin_step");
        file.Local("long ret;");
        file.Comment($"Step {number}: is {capability} there?");
        file.Code($"ret = ioctl({(vm is null ? "kvm" : program.Get(vm).Name)}, KVM_CHECK_EXTENSION, {capability});");
        string failed = step.OnError switch
        {
            OnError.Fail => "goto out;",
            OnError.End => "goto answered;",
            _ => "",
        };
        program.Ends(step);
        file.Code(
            failed.Length > 0
                ? $"if (begin_step({number}, \"extension\", ret)) {{\n\tputchar('\\n');\n\t{failed}\n}}\nprintf(\" value=%ld\\n\", ret);"
                : $"begin_step({number}, \"extension\", ret);\nprintf(\" value=%ld\\n\", ret);"
        );
    }

    public void GuestMemory(int number, GuestMemoryStep step)
    {
        string name = program.Descriptor(step.As);
        ulong flags = step.Flags;
        string words = string.Join(
            " | ",
            (string[])
                [
                    .. (flags & 1) != 0 ? ["GUEST_MEMFD_FLAG_MMAP"] : Array.Empty<string>(),
                    .. (flags & 2) != 0 ? ["GUEST_MEMFD_FLAG_INIT_SHARED"] : Array.Empty<string>(),
                    .. (flags & ~3ul) != 0 ? [CText.Hex(flags & ~3ul)] : Array.Empty<string>(),
                ]
        );
        file.Need("guest_memfd");
        file.Local("struct kvm_create_guest_memfd gmem;");
        program.Call(
            number,
            step,
            $"a guest_memfd of {CText.Bytes(step.Size)}",
            program.Plain(number, step, name),
            $$"""
            gmem = (struct kvm_create_guest_memfd) {
            	.size = {{program.Size(step.Size)}},
            	.flags = {{(words.Length == 0 ? "0" : words)}},
            };
            {{name}} = ioctl({{program.Get(step.Vm).Name}}, KVM_CREATE_GUEST_MEMFD, &gmem);
            """
        );
    }

    public void Memslot(int number, MemslotStep step)
    {
        string address =
            step.Map is null && step.Offset == 0 ? "0"
            : step.Map is not { } name ? CText.Hex(step.Offset)
            : program.Get(name).Name is var map && step.Offset == 0 ? $"(uintptr_t){map}"
            : $"(uintptr_t)({program.Within(map, step.Offset)})";
        if (step.Map is not null)
            file.Include("stdint.h");
        if (step.Binding is { } binding)
        {
            Memslot2(number, step, binding, address);
            return;
        }
        file.Local("struct kvm_userspace_memory_region region;");
        program.Call(
            number,
            step,
            SlotInWords(step),
            program.Plain(number, step, $"ioctl({program.Get(step.Vm).Name}, KVM_SET_USER_MEMORY_REGION, &region)"),
            $$"""
            region = (struct kvm_userspace_memory_region) {
            	.slot = {{step.Slot}},
            	.flags = {{SlotFlags(step.Flags, known: 3)}},
            	.guest_phys_addr = {{program.Address(step.Gpa)}},
            	.memory_size = {{program.Size(step.Size)}},
            	.userspace_addr = {{address}},
            };
            """
        );
    }

    public void Memslots(int number, MemslotsStep step)
    {
        file.Need("memslots");
        program.Call(
            number,
            step,
            $"{step.Count} slots of {CText.Bytes(step.Size)} that nothing uses",
            CProgram
                .Statement(
                    $"memslots({number},",
                    program.Get(step.Vm).Name,
                    $"{step.First}",
                    $"{step.Count}",
                    program.Address(step.Gpa),
                    program.Size(step.Stride),
                    program.Size(step.Size),
                    program.Within(program.Get(step.Map).Name, step.Offset)
                )
                .TrimEnd(';')
        );
    }

    private void Memslot2(int number, MemslotStep step, Binding binding, string address)
    {
        file.Need("region2");
        file.Local("struct kvm_userspace_memory_region2 region2;");
        program.Call(
            number,
            step,
            SlotInWords(step),
            program.Plain(number, step, $"ioctl({program.Get(step.Vm).Name}, KVM_SET_USER_MEMORY_REGION2, &region2)"),
            $$"""
            region2 = (struct kvm_userspace_memory_region2) {
            	.slot = {{step.Slot}},
            	.flags = {{SlotFlags(step.Flags, known: 7)}},
            	.guest_phys_addr = {{program.Address(step.Gpa)}},
            	.memory_size = {{program.Size(step.Size)}},
            	.userspace_addr = {{address}},
            	.guest_memfd_offset = {{program.Size(binding.Offset)}},
            	.guest_memfd = {{(binding.GuestMemory is { } name ? program.Get(name).Name : "-1")}},
            };
            """
        );
    }

    private static string SlotInWords(MemslotStep step) =>
        step.Slot == CaseLayout.CodeSlot ? "the slot of the guest's code"
        : step.Size == 0 ? $"slot {step.Slot} is deleted"
        : $"slot {step.Slot}, {CText.Bytes(step.Size)}{(step.Slot == CaseLayout.TestSlot ? ": the slot under test" : "")}";

    /// <param name="flags">The flags of a slot.</param>
    /// <param name="known">Those that the headers of any kernel with the ioctl have by name.</param>
    private static string SlotFlags(uint flags, uint known)
    {
        (uint Bit, string Name)[] names =
        [
            (1, "KVM_MEM_LOG_DIRTY_PAGES"),
            (2, "KVM_MEM_READONLY"),
            (4, "KVM_MEM_GUEST_MEMFD"),
        ];
        var words = names.Where(n => (flags & known & n.Bit) != 0).Select(n => n.Name).ToList();
        if ((flags & ~known) != 0)
            words.Add(CText.Hex(flags & ~known));
        return words.Count == 0 ? "0" : string.Join(" | ", words);
    }

    public void Vcpu(int number, VcpuStep step)
    {
        string name = program.Declare(step.As, VariableKind.Vcpu),
            run = name + "_run",
            vm = program.Get(step.Vm).Name,
            features = step.Features == 0
                ? ""
                : $"init.features[0] |= {CText.Hex(step.Features)}; /* KVM_ARM_VCPU_HAS_EL2 is 0x80 */\n";
        file.Include("sys/mman.h");
        file.Local("long ret;");
        file.Local("long run_size = 0;");
        file.Local("struct kvm_vcpu_init init;");
        file.Local($"int {name} = -1;");
        file.Local($"struct kvm_run *{run} = MAP_FAILED;");
        file.Finally($"if ({run} != MAP_FAILED)\n\tmunmap({run}, run_size);\nif ({name} >= 0)\n\tclose({name});");
        program.Call(
            number,
            step,
            "a vCPU of the kind that this CPU prefers, and its kvm_run page",
            program.Plain(number, step, "ret"),
            $"""
            ret = run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0UL);
            if (ret >= 0)
            	ret = {name} = ioctl({vm}, KVM_CREATE_VCPU, {step.Id}UL);
            if (ret >= 0) {"{"}
            	{run} = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, {name}, 0);
            	ret = {run} == MAP_FAILED ? -1 : ioctl({vm}, KVM_ARM_PREFERRED_TARGET, &init);
            {"}"}
            {features}if (ret >= 0)
            	ret = ioctl({name}, KVM_ARM_VCPU_INIT, &init);
            """
        );
    }

    public void Gic(int number, GicStep step)
    {
        string name = program.Descriptor(step.As);
        file.Include("stdint.h");
        file.Local("long ret;");
        file.Local("struct kvm_create_device gic_device;");
        file.Local("struct kvm_device_attr gic_attr;");
        file.Local("__u64 gic_address;");
        program.Call(
            number,
            step,
            "a GICv3: a vCPU with EL2 doesn't run without one",
            program.Plain(number, step, "ret"),
            $$"""
            gic_device = (struct kvm_create_device) { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
            ret = ioctl({{program.Get(step.Vm).Name}}, KVM_CREATE_DEVICE, &gic_device);
            if (ret >= 0) {
            	{{name}} = gic_device.fd;
            	gic_address = {{program.Address(step.Distributor)}};
            	gic_attr = (struct kvm_device_attr) {
            		.group = KVM_DEV_ARM_VGIC_GRP_ADDR,
            		.attr = KVM_VGIC_V3_ADDR_TYPE_DIST,
            		.addr = (uintptr_t)&gic_address,
            	};
            	ret = ioctl({{name}}, KVM_SET_DEVICE_ATTR, &gic_attr);
            }
            if (ret >= 0) {
            	gic_address = {{program.Address(step.Redistributor)}};
            	gic_attr.attr = KVM_VGIC_V3_ADDR_TYPE_REDIST;
            	ret = ioctl({{name}}, KVM_SET_DEVICE_ATTR, &gic_attr);
            }
            if (ret >= 0) {
            	gic_attr = (struct kvm_device_attr) {
            		.group = KVM_DEV_ARM_VGIC_GRP_CTRL,
            		.attr = KVM_DEV_ARM_VGIC_CTRL_INIT,
            	};
            	ret = ioctl({{name}}, KVM_SET_DEVICE_ATTR, &gic_attr);
            }
            """
        );
    }

    public void SetRegisters(int number, SetRegistersStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        file.Need("core_reg", "set_reg");
        file.Local("int failed;");
        var sets = step.Registers.Select(r => $"set_reg({vcpu}, {Register(r.Key)}, {Value(r.Key, r.Value)})");
        program.Call(
            number,
            step,
            "where the guest starts, its vectors, and what it works with",
            program.Plain(number, step, "failed ? -1 : 0"),
            $"failed = {string.Join(" ||\n\t ", sets)};"
        );
    }

    private string Value(GuestRegister register, ulong value) =>
        register switch
        {
            GuestRegister.Pc or GuestRegister.VbarEl1 => program.Address(value),
            _ when value >= 1 << 20 && value != CaseLayout.StoredValue => program.Address(value),
            _ => CText.Hex(value),
        };

    public void GetRegisters(int number, GetRegistersStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        string list = string.Join('\n', step.Registers.Select(r => $"\t{{ \"{r.Name()}\", {Register(r)} }},"));
        if (step.Registers.Take(CaseCompiler.ReportRegisters.Count).SequenceEqual(CaseCompiler.ReportRegisters))
        {
            file.Fill("REGISTERS", list);
            file.Need("get_report");
            program.Call(number, step, "what the guest saw", $"get_report({number}, {vcpu})");
            return;
        }
        file.Need("get_regs");
        file.Local($"static const struct named_reg regs_{number}[] = {{\n\t{list.Replace("\n", "\n\t")}\n\t}};");
        file.Local($"__u64 values_{number}[{step.Registers.Count}];");
        program.Call(
            number,
            step,
            "registers of the guest",
            $"get_regs({number}, {vcpu}, regs_{number}, values_{number}, {step.Registers.Count})"
        );
    }

    private static string Register(GuestRegister register) =>
        register switch
        {
            GuestRegister.Sp or GuestRegister.Pc or GuestRegister.Pstate => $"CORE_REG(regs.{register.Name()})",
            GuestRegister.SpEl1 or GuestRegister.ElrEl1 => $"CORE_REG({register.Name()})",
            GuestRegister.VbarEl1 => "ARM64_SYS_REG(3, 0, 12, 0, 0)",
            GuestRegister.SctlrEl1 => "ARM64_SYS_REG(3, 0, 1, 0, 0)",
            GuestRegister.CtrEl0 => "ARM64_SYS_REG(3, 3, 0, 0, 1)",
            GuestRegister.IdAa64mmfr0El1 => "ARM64_SYS_REG(3, 0, 0, 7, 0)",
            GuestRegister.IdAa64mmfr1El1 => "ARM64_SYS_REG(3, 0, 0, 7, 1)",
            GuestRegister.IdAa64mmfr2El1 => "ARM64_SYS_REG(3, 0, 0, 7, 2)",
            GuestRegister.IdAa64pfr1El1 => "ARM64_SYS_REG(3, 0, 0, 4, 1)",
            <= GuestRegister.X30 => $"CORE_REG(regs.regs[{(int)register}])",
            _ => throw new NotSupportedException($"'{register.Name()}' has no name in C"),
        };

    public void Run(int number, RunStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        file.Need("run_vcpu");
        program.Address(CaseLayout.ReportAddress);
        file.Macros["GUEST_EXCEPTED"] = "0x200\t/* in a report: the access took an exception */";
        if (_launched == step.Vcpu)
        {
            _launched = null;
            program.Call(
                number,
                step,
                "the other vCPU has run, too",
                $"join_run({number}, {vcpu}_run, {step.TimeoutMs})"
            );
            return;
        }
        if (_beside is { } started && started.Vcpu == step.Vcpu)
        {
            FinishRun(number, step, started);
            return;
        }
        program.Call(
            number,
            step,
            "the guest runs until it reports, or exits otherwise",
            $"run_vcpu({number}, {vcpu}, {vcpu}_run, {step.TimeoutMs})"
        );
    }

    public void Answer(int number, AnswerStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        file.Need("core_reg", "answer_vcpu");
        program.Address(step.Report);
        program.Call(
            number,
            step,
            step.By switch
            {
                AnswerBy.Abort => "if the guest didn't report, userspace injects an abort, and the guest runs again",
                AnswerBy.Skip =>
                    "if the guest didn't report, userspace skips the instruction, and the guest runs again",
                _ => $"if the guest didn't report, userspace returns {CText.Hex(step.Data)}, and the guest runs again",
            },
            Statement(
                "answer_vcpu(",
                CText.Number(number),
                vcpu,
                $"{vcpu}_run",
                CText.Number(step.TimeoutMs),
                step.By switch
                {
                    AnswerBy.Abort => "ANSWER_ABORT",
                    AnswerBy.Skip => "ANSWER_SKIP",
                    _ => "ANSWER_DATA",
                },
                CText.Hex(step.Data) + "UL"
            )[..^1]
        );
    }

    public void StartRun(int number, StartRunStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        _beside = step;
        file.Need("core_reg", "run_beside");
        file.Finally("if (!beside.over)\n\tend_beside(0);");
        program.Call(
            number,
            step,
            "the guest repeats its next access, in a thread of its own",
            $"start_run({number}, {vcpu}, {vcpu}_run, {Register(step.Counter)}, {step.WaitMs}, {step.TimeoutMs})"
        );
    }

    public void Launch(int number, LaunchStep step)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        _launched = step.Vcpu;
        file.Need("core_reg", "run_beside");
        file.Finally("if (!beside.over)\n\tend_beside(0);");
        program.Call(number, step, "the vCPU runs in a thread of its own", $"launch_run({number}, {vcpu}, {vcpu}_run)");
    }

    /// <summary>Ends a run that goes on beside.</summary>
    private void FinishRun(int number, RunStep step, StartRunStep started)
    {
        string vcpu = program.Get(step.Vcpu).Name;
        _beside = null;
        program.Call(
            number,
            step,
            "the guest leaves its loop, and runs until it reports, unless it has exited otherwise",
            $"finish_run({number}, {vcpu}, {vcpu}_run, {Register(started.While)}, {started.WaitMs}, {step.TimeoutMs})"
        );
    }

    public void DirtyLog(int number, DirtyLogStep step)
    {
        file.Need("dirty_log");
        program.Call(
            number,
            step,
            "which pages of the slot are dirty",
            $"dirty_log({number}, {program.Get(step.Vm).Name}, {step.Slot}, {program.Size(step.Size)})"
        );
    }

    public void ClearLog(int number, ClearLogStep step)
    {
        file.Need("clear_dirty_log");
        program.Call(
            number,
            step,
            step.Only is { } only ? $"the bit of page {only} is cleared in the log" : "bits are cleared in the log",
            $"clear_dirty_log({number}, {program.Get(step.Vm).Name}, {step.Slot}, {step.First}, {step.Pages}, {(step.Only is { } page ? page : -1)})"
        );
    }

    public void CopyTags(int number, CopyTagsStep step)
    {
        file.Need("copy_tags");
        program.Call(
            number,
            step,
            $"memory tags are copied {((step.Flags & 1) == 0 ? "to" : "from")} the guest",
            $"copy_tags({number}, {program.Get(step.Vm).Name}, {program.Address(step.Gpa)}, {program.Size(step.Length)}, {step.Flags}, {step.Room}, {step.Tag}, {step.Reserved})"
        );
    }

    public void Ring(int number, RingStep step)
    {
        file.Need("dirty_ring");
        program.Call(
            number,
            step,
            "the new entries of the vCPU's dirty ring",
            $"dirty_ring({number}, {program.Get(step.Vcpu).Name}, {program.Size(step.Size)})"
        );
    }

    public void ResetRings(int number, ResetRingsStep step)
    {
        file.Need("reset_rings");
        program.Call(
            number,
            step,
            "the entries that were read are reset, and their pages protected again",
            $"reset_rings({number}, {program.Get(step.Vm).Name})"
        );
    }

    public void Stage2(int number, Stage2Step step)
    {
        file.Need("read_stage2");
        file.Comment($"Step {number}: the stage-2 descriptor{(step.Shadow ? " for the nested guest" : "")}");
        file.Code(
            $"read_stage2({number}, {program.Get(step.Exporter).Name}, {program.Get(step.Vm).Name}, {program.Address(step.Ipa)}, {(step.Shadow ? 1 : 0)});"
        );
        if (step.OnError != OnError.Continue)
            throw new NotSupportedException("a descriptor that can't be read ends no reproducer");
    }

    /// <summary>
    /// The probe's trace is additional evidence for the results of the other steps. It needs a tracefs instance,
    /// which this file doesn't create; the step number is kept, so that steps have the probe's numbers.
    /// </summary>
    public void Trace(int number) => file.Comment($"Step {number} is the probe's alone: it reads its kprobe events");

    public void Close(int number, CloseStep step)
    {
        var variable = program.Get(step.Name);
        string unmap =
            variable.Kind == VariableKind.Vcpu
                ? $"munmap({variable.Name}_run, run_size);\n{variable.Name}_run = MAP_FAILED;\n"
                : "";
        file.Local("long ret;");
        program.Call(
            number,
            step,
            $"{Quoted(step.Name)} is closed",
            program.Plain(number, step, "ret"),
            $"{unmap}ret = close({variable.Name});\n{variable.Name} = -1;"
        );
    }

    public void Words(int number, WordsStep step)
    {
        string map = program.Get(step.Map).Name;
        ulong offset = step.Offset;
        var words = step.Words;
        if (words.Count <= WordsInLine)
        {
            file.Need("put_word");
            var stores = words.Select(
                (w, i) =>
                    $"put_word({(offset + (ulong)i * 4 == 0 ? map : $"{map} + {CText.Hex(offset + (ulong)i * 4)}")}, 0x{w:x8});"
            );
            program.Call(
                number,
                step,
                words.Count == 2 ? "an entry of the guest's translation tables"
                    : step.Map == "code" ? "a word for the guest to find"
                    : $"the process stores to {Quoted(step.Map)}",
                program.Plain(number, step, "0"),
                string.Join('\n', stores)
            );
            return;
        }
        string data = $"guest_code{(number == FirstCode ? "" : $"_{number}")}";
        file.Include("linux/types.h", "string.h");
        file.Data(GuestCode(data, words));
        program.Call(
            number,
            step,
            "the guest's code",
            program.Plain(number, step, "0"),
            $"memcpy({program.Within(map, offset)}, {data}, sizeof({data}));"
        );
    }

    private int FirstCode =>
        source.Program.Steps.Select((s, i) => (s, i)).First(p => p.s is WordsStep { Words.Count: > WordsInLine }).i;

    /// <summary>
    /// Words that aren't zero, each with its instruction; after skipped words the next one has its index.
    /// </summary>
    private string GuestCode(string name, IReadOnlyList<uint> words)
    {
        var set = source.Program.Steps.OfType<SetRegistersStep>().FirstOrDefault()?.Registers;
        ulong? entry =
            set is not null && set.TryGetValue(GuestRegister.Pc, out ulong pc) ? pc - CaseLayout.CodeAddress : null;
        var text = new StringBuilder($"static const __u32 {name}[] = {{\n");
        bool skipped = false;
        for (int i = 0; i < words.Count; i++)
        {
            if (words[i] == 0)
            {
                skipped = true;
                continue;
            }
            ulong at = (ulong)i * 4;
            if (at == entry)
                text.Append("\n\t/* entry */\n");
            else if (at == 0x800)
                text.Append("\n\t/* an exception: report it, and continue after the access */\n");
            else if (at < 0x800 && at % 0x80 == 0)
                text.Append(at == 0 ? "\t/* vectors: record the number, and branch to the common handler */\n" : "");
            text.Append(skipped ? $"\t[0x{at:x3} / 4] = " : "\t")
                .Append($"0x{words[i]:x8},\t/* {at:x3}: {Disassembler.Text(words[i], at)} */\n");
            skipped = false;
        }
        return text.Append("};").ToString();
    }

    private static string Capability(int number) =>
        number switch
        {
            177 => "KVM_CAP_ARM_NISV_TO_USER",
            168 => "KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2",
            192 => "KVM_CAP_DIRTY_LOG_RING",
            205 => "KVM_CAP_ARM_MTE",
            223 => "KVM_CAP_DIRTY_LOG_RING_ACQ_REL",
            // Newer than headers of 6.1.
            225 => "225 /* KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP */",
            228 => "228 /* KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE */",
            _ => CText.Number(number),
        };
}
