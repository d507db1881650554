using System.Globalization;
using System.Text;
using Harness.Cases;
using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>VMs, slots, vCPUs and what is read of them.</summary>
internal sealed partial class StepWriter
{
    private const int WordsInLine = 2;

    private void Vm(int number, Step step, Fields a)
    {
        string name = Descriptor(a.Text("as"), VariableKind.Vm);
        Call(number, step, "a VM", Plain(number, step, name), $"{name} = ioctl(kvm, KVM_CREATE_VM, {CText.Hex(a.Bits("type"))}UL);");
    }

    private void EnableCapability(int number, Step step, Fields a)
    {
        string capability = Capability(a.Integer("capability"));
        file.Local("struct kvm_enable_cap cap;");
        Call(number, step, $"{capability} is enabled", Plain(number, step, $"ioctl({Get(a, "vm").Name}, KVM_ENABLE_CAP, &cap)"),
            $"cap = (struct kvm_enable_cap) {{ .cap = {capability} }};");
    }

    private void Extension(int number, Step step, Fields a)
    {
        string? vm = a.TextOrNull("vm");
        string capability = Capability(a.Integer("capability"));
        file.Need("begin_step");
        file.Local("long ret;");
        file.Comment($"Step {number}: is {capability} there?");
        file.Code($"ret = ioctl({(vm is null ? "kvm" : Get(vm).Name)}, KVM_CHECK_EXTENSION, {capability});");
        string failed = step.OnError switch { OnError.Fail => "goto out;", OnError.End => "goto answered;", _ => "" };
        _hasEnds |= step.OnError == OnError.End;
        file.Code(failed.Length > 0
            ? $"if (begin_step({number}, \"extension\", ret)) {{\n\tputchar('\\n');\n\t{failed}\n}}\nprintf(\" value=%ld\\n\", ret);"
            : $"begin_step({number}, \"extension\", ret);\nprintf(\" value=%ld\\n\", ret);");
    }

    private void GuestMemory(int number, Step step, Fields a)
    {
        string name = Descriptor(a.Text("as"));
        ulong flags = a.Bits("flags");
        string words = string.Join(" | ", (string[])
        [
            .. (flags & 1) != 0 ? ["GUEST_MEMFD_FLAG_MMAP"] : Array.Empty<string>(),
            .. (flags & 2) != 0 ? ["GUEST_MEMFD_FLAG_INIT_SHARED"] : Array.Empty<string>(),
            .. (flags & ~3ul) != 0 ? [CText.Hex(flags & ~3ul)] : Array.Empty<string>(),
        ]);
        file.Need("guest_memfd");
        file.Local("struct kvm_create_guest_memfd gmem;");
        Call(number, step, $"a guest_memfd of {CText.Bytes(a.Bits("size"))}", Plain(number, step, name),
            $$"""
            gmem = (struct kvm_create_guest_memfd) {
            	.size = {{Size(a.Bits("size"))}},
            	.flags = {{(words.Length == 0 ? "0" : words)}},
            };
            {{name}} = ioctl({{Get(a, "vm").Name}}, KVM_CREATE_GUEST_MEMFD, &gmem);
            """);
    }

    private void Memslot(int number, Step step, Fields a)
    {
        string map = Get(a, "map").Name;
        file.Include("stdint.h");
        file.Local("struct kvm_userspace_memory_region region;");
        Call(number, step, SlotInWords(a), Plain(number, step, $"ioctl({Get(a, "vm").Name}, KVM_SET_USER_MEMORY_REGION, &region)"),
            $$"""
            region = (struct kvm_userspace_memory_region) {
            	.slot = {{a.Integer("slot")}},
            	.flags = {{SlotFlags(a.Integer("flags"))}},
            	.guest_phys_addr = {{Address(a.Bits("gpa"))}},
            	.memory_size = {{Size(a.Bits("size"))}},
            	.userspace_addr = (uintptr_t){{(a.Bits("offset") == 0 ? map : $"({Within(map, a.Bits("offset"))})")}},
            };
            """);
    }

    private void BoundMemslot(int number, Step step, Fields a)
    {
        file.Need("region2");
        file.Local("struct kvm_userspace_memory_region2 region2;");
        Call(number, step, SlotInWords(a), Plain(number, step, $"ioctl({Get(a, "vm").Name}, KVM_SET_USER_MEMORY_REGION2, &region2)"),
            $$"""
            region2 = (struct kvm_userspace_memory_region2) {
            	.slot = {{a.Integer("slot")}},
            	.flags = {{SlotFlags(a.Integer("flags"))}},
            	.guest_phys_addr = {{Address(a.Bits("gpa"))}},
            	.memory_size = {{Size(a.Bits("size"))}},
            	.guest_memfd = {{Get(a, "guestMemory").Name}},
            };
            """);
    }

    private static string SlotInWords(Fields a)
    {
        long slot = a.Integer("slot");
        ulong size = a.Bits("size");
        return slot == CaseLayout.CodeSlot ? "the slot of the guest's code"
            : size == 0 ? $"slot {slot} is deleted"
            : $"slot {slot}, {CText.Bytes(size)}{(slot == CaseLayout.TestSlot ? ": the slot under test" : "")}";
    }

    private static string SlotFlags(long flags)
    {
        (long Bit, string Name)[] known = [(1, "KVM_MEM_LOG_DIRTY_PAGES"), (2, "KVM_MEM_READONLY"), (4, "KVM_MEM_GUEST_MEMFD")];
        var words = known.Where(k => (flags & k.Bit) != 0).Select(k => k.Name).ToList();
        if ((flags & ~7) != 0)
            words.Add(CText.Hex((ulong)(flags & ~7)));
        return words.Count == 0 ? "0" : string.Join(" | ", words);
    }

    private void Vcpu(int number, Step step, Fields a)
    {
        string name = Declare(a.Text("as"), VariableKind.Vcpu), run = name + "_run", vm = Get(a, "vm").Name;
        file.Include("sys/mman.h");
        file.Local("long ret;");
        file.Local("long run_size = 0;");
        file.Local("struct kvm_vcpu_init init;");
        file.Local($"int {name} = -1;");
        file.Local($"struct kvm_run *{run} = MAP_FAILED;");
        file.Finally($"if ({run} != MAP_FAILED)\n\tmunmap({run}, run_size);\nif ({name} >= 0)\n\tclose({name});");
        Call(number, step, "a vCPU of the kind that this CPU prefers, and its kvm_run page", Plain(number, step, "ret"),
            $"""
            ret = run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0UL);
            if (ret >= 0)
            	ret = {name} = ioctl({vm}, KVM_CREATE_VCPU, {a.Integer("id")}UL);
            if (ret >= 0) {"{"}
            	{run} = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, {name}, 0);
            	ret = {run} == MAP_FAILED ? -1 : ioctl({vm}, KVM_ARM_PREFERRED_TARGET, &init);
            {"}"}
            if (ret >= 0)
            	ret = ioctl({name}, KVM_ARM_VCPU_INIT, &init);
            """);
    }

    private void SetRegisters(int number, Step step, Fields a)
    {
        string vcpu = Get(a, "vcpu").Name;
        file.Need("core_reg", "set_reg");
        file.Local("int failed;");
        var sets = a.Inner("registers").Select(r => $"set_reg({vcpu}, {Register(r.Key)}, {Value(r.Key, a.Inner("registers").Bits(r.Key))})");
        Call(number, step, "where the guest starts, its vectors, and what it works with",
            Plain(number, step, "failed ? -1 : 0"), $"failed = {string.Join(" ||\n\t ", sets)};");
    }

    private string Value(string register, ulong value) => register switch
    {
        "pc" or "vbar_el1" => Address(value),
        _ when value >= 1 << 20 && value != CaseLayout.StoredValue => Address(value),
        _ => CText.Hex(value),
    };

    private void GetRegisters(int number, Step step, Fields a)
    {
        string vcpu = Get(a, "vcpu").Name;
        string[] names = [.. a.List("registers").Select(n => n as string ?? throw new FormatException("'registers' holds something that is not a name"))];
        string list = string.Join('\n', names.Select(n => $"\t{{ \"{n}\", {Register(n)} }},"));
        if (names.AsSpan().StartsWith(CaseCompiler.ReportRegisters))
        {
            file.Fill("REGISTERS", list);
            file.Need("get_report");
            Call(number, step, "what the guest saw", $"get_report({number}, {vcpu})");
            return;
        }
        file.Need("get_regs");
        file.Local($"static const struct named_reg regs_{number}[] = {{\n\t{list.Replace("\n", "\n\t")}\n\t}};");
        file.Local($"__u64 values_{number}[{names.Length}];");
        Call(number, step, "registers of the guest",
            $"get_regs({number}, {vcpu}, regs_{number}, values_{number}, {names.Length})");
    }

    private static string Register(string name) => name switch
    {
        "sp" or "pc" or "pstate" => $"CORE_REG(regs.{name})",
        "sp_el1" or "elr_el1" => $"CORE_REG({name})",
        "vbar_el1" => "ARM64_SYS_REG(3, 0, 12, 0, 0)",
        "sctlr_el1" => "ARM64_SYS_REG(3, 0, 1, 0, 0)",
        "ctr_el0" => "ARM64_SYS_REG(3, 3, 0, 0, 1)",
        "id_aa64mmfr0_el1" => "ARM64_SYS_REG(3, 0, 0, 7, 0)",
        "id_aa64mmfr1_el1" => "ARM64_SYS_REG(3, 0, 0, 7, 1)",
        "id_aa64mmfr2_el1" => "ARM64_SYS_REG(3, 0, 0, 7, 2)",
        "id_aa64pfr1_el1" => "ARM64_SYS_REG(3, 0, 0, 4, 1)",
        _ when name.StartsWith('x') && int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i <= 30 => $"CORE_REG(regs.regs[{i}])",
        _ => throw new FormatException($"no register is called '{name}'"),
    };

    private void Run(int number, Step step, Fields a)
    {
        string vcpu = Get(a, "vcpu").Name;
        file.Need("run_vcpu");
        Address(CaseLayout.ReportAddress);
        file.Macros["GUEST_EXCEPTED"] = "0x200\t/* in a report: the access took an exception */";
        Call(number, step, "the guest runs until it reports, or KVM has to be asked",
            $"run_vcpu({number}, {vcpu}, {vcpu}_run, {a.Integer("timeoutMs")})");
    }

    private void Stage2(int number, Step step, Fields a)
    {
        file.Need("read_stage2");
        file.Comment($"Step {number}: the stage-2 descriptor");
        file.Code($"read_stage2({number}, {Get(a, "exporter").Name}, {Get(a, "vm").Name}, {Address(a.Bits("ipa"))});");
        if (step.OnError != OnError.Continue)
            throw new NotSupportedException("a descriptor that can't be read ends no reproducer");
    }

    /// <summary>
    /// What the probe traces is another witness of what the other steps show. It takes a tracefs instance of one's own, which
    /// is none of this file's business; the number stays free, so that steps have the probe's.
    /// </summary>
    private void Trace(int number) =>
        file.Comment($"Step {number} is the probe's alone: it reads its kprobe events");

    private void Close(int number, Step step, Fields a)
    {
        var variable = Get(a, "name");
        string unmap = variable.Kind == VariableKind.Vcpu
            ? $"munmap({variable.Name}_run, run_size);\n{variable.Name}_run = MAP_FAILED;\n" : "";
        file.Local("long ret;");
        Call(number, step, $"{Quoted(a.Text("name"))} is closed", Plain(number, step, "ret"),
            $"{unmap}ret = close({variable.Name});\n{variable.Name} = -1;");
    }

    private void Words(int number, Step step, Fields a)
    {
        string map = Get(a, "map").Name;
        ulong offset = a.Bits("offset");
        uint[] words = [.. a.List("words").Select(w => w is long l and >= 0 and <= uint.MaxValue
            ? (uint)l : throw new FormatException("'words' holds something that is not a 32-bit word"))];
        if (words.Length <= WordsInLine)
        {
            file.Need("put_word");
            var stores = words.Select((w, i) => $"put_word({(offset + (ulong)i * 4 == 0 ? map : $"{map} + {CText.Hex(offset + (ulong)i * 4)}")}, 0x{w:x8});");
            Call(number, step, words.Length == 2 ? "an entry of the guest's translation tables"
                : a.Text("map") == "code" ? "a word for the guest to find" : $"the process stores to {Quoted(a.Text("map"))}",
                Plain(number, step, "0"), string.Join('\n', stores));
            return;
        }
        string data = $"guest_code{(number == FirstCode ? "" : $"_{number}")}";
        file.Include("linux/types.h", "string.h");
        file.Data(GuestCode(data, words));
        Call(number, step, "the guest's code", Plain(number, step, "0"), $"memcpy({Within(map, offset)}, {data}, sizeof({data}));");
    }

    private int FirstCode => source.Program.Steps.Select((s, i) => (s, i)).First(p => p.s.Op == "words" && p.s.Args.List("words").Count > WordsInLine).i;

    /// <summary>Words that aren't zero, each with its instruction; where some are skipped the next has its index.</summary>
    private string GuestCode(string name, uint[] words)
    {
        var set = source.Program.Steps.FirstOrDefault(s => s.Op == "set-registers")?.Args.Inner("registers");
        ulong? entry = set is not null && set.Has("pc") ? set.Bits("pc") - CaseLayout.CodeAddress : null;
        var text = new StringBuilder($"static const __u32 {name}[] = {{\n");
        bool skipped = false;
        for (int i = 0; i < words.Length; i++)
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
                text.Append("\n\t/* an exception: tell of it, and go on behind the access */\n");
            else if (at < 0x800 && at % 0x80 == 0)
                text.Append(at == 0 ? "\t/* vectors: which one it is, and on to what they share */\n" : "");
            text.Append(skipped ? $"\t[0x{at:x3} / 4] = " : "\t").Append($"0x{words[i]:x8},\t/* {at:x3}: {Disassembler.Text(words[i], at)} */\n");
            skipped = false;
        }
        return text.Append("};").ToString();
    }

    private static string Capability(long number) => number switch
    {
        205 => "KVM_CAP_ARM_MTE",
        _ => CText.Number(number),
    };
}
