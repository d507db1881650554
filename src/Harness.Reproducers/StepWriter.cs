using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>
/// Writes the steps of a program as C, one rendering for each op of <see cref="Steps"/>. What the probe keeps of a variable at
/// run time is known here beforehand: a program is a straight line.
/// </summary>
internal sealed partial class StepWriter(CFile file, ReproducerSource source)
{
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    private bool _hasEnds;

    /// <summary>A step's errno ends the program well: the label "answered" is used.</summary>
    public bool HasEnds => _hasEnds;

    /// <exception cref="NotSupportedException">A step that has no rendering.</exception>
    /// <exception cref="FormatException">A step that is none: an argument is missing or wrong.</exception>
    public void Write(int number, Step step)
    {
        file.Blank();
        var a = step.Args;
        switch (step.Op)
        {
            case "open": Open(number, step, a); break;
            case "memfd": Memfd(number, step, a); break;
            case "secretmem": Secretmem(number, step, a); break;
            case "export": Export(number, step, a, "mmap"); break;
            case "export-inserted": Export(number, step, a, a.Text("insert")); break;
            case "map": Map(number, step, a, "0"); break;
            case "map-at": MapAt(number, step, a); break;
            case "hole": Hole(number, step, a); break;
            case "map-into": MapInto(number, step, a); break;
            case "hole-in": HoleIn(number, step, a); break;
            case "move": Move(number, step, a); break;
            case "protect": Protect(number, step, a); break;
            case "punch": Punch(number, step, a); break;
            case "unmap": Unmap(number, step, a); break;
            case "words": Words(number, step, a); break;
            case "vm": Vm(number, step, a); break;
            case "enable-cap": EnableCapability(number, step, a); break;
            case "guest-memory": GuestMemory(number, step, a); break;
            case "extension": Extension(number, step, a); break;
            case "memslot": Memslot(number, step, a); break;
            case "bound-memslot": BoundMemslot(number, step, a); break;
            case "vcpu": Vcpu(number, step, a); break;
            case "set-registers": SetRegisters(number, step, a); break;
            case "get-registers": GetRegisters(number, step, a); break;
            case "run": Run(number, step, a); break;
            case "trace": Trace(number); break;
            case "stage2": Stage2(number, step, a); break;
            case "close": Close(number, step, a); break;
            case "memory-file": MemoryFile(number, step, a); break;
            case "temporary-file": TemporaryFile(number, step, a); break;
            case "huge-pages": HugePages(number, step, a); break;
            case "udmabuf": UdmaBuf(number, step, a); break;
            case "vfio-bind": VfioBind(number, step, a); break;
            case "vfio-device": VfioDevice(number, step, a); break;
            case "vfio-region": VfioRegion(number, step, a); break;
            case "advise": Advise(number, step, a); break;
            case "huge-mapped": HugeMapped(number, step, a); break;
            case "touch": Touch(number, step, a); break;
            case "copy": Copy(number, step, a); break;
            case "peek": Peek(number, step, a); break;
            case "fallocate": Fallocate(number, step, a); break;
            case "file-read": ReadFile(number, step, a); break;
            case "file-write": WriteFile(number, step, a); break;
            case "truncate": Truncate(number, step, a); break;
            case "bound-slot": BoundSlot(number, step, a); break;
            case "counters": Counters(number); break;
            case "close-all": CloseAll(number); break;
            case "save-registers" or "restore-registers" or "register-masks" or "save-pages" or "dirty-pages" or "restore-pages" or "settle":
                throw new NotSupportedException($"'{step.Op}' is part of a move between two hosts, and a reproducer is one program on one: use 'harness migrate'");
            default: throw new NotSupportedException($"no step of a reproducer is called '{step.Op}'");
        }
    }

    /// <param name="Name">In C.</param>
    /// <param name="Kind">What it is.</param>
    private sealed record Variable(string Name, VariableKind Kind)
    {
        /// <summary>Of a mapping, in bytes.</summary>
        public ulong Size { get; init; }

        /// <summary>A mapping in addresses of our own.</summary>
        public bool Reserved { get; init; }

        /// <summary>Of a region of VFIO's: the device's variable.</summary>
        public string? Device { get; init; }
    }

    private enum VariableKind
    {
        Descriptor,
        Vm,
        Vcpu,
        Mapping,
        Region,
        Setting,
    }

    /// <summary>A comment, then the call, then what becomes of the program where it failed.</summary>
    /// <param name="number">Position in the program.</param>
    /// <param name="step">The step.</param>
    /// <param name="says">What it does.</param>
    /// <param name="test">The expression that prints the step's line and is true where the call failed.</param>
    /// <param name="before">Statements that make the call.</param>
    private void Call(int number, Step step, string says, string test, string? before = null)
    {
        file.Comment($"Step {number}: {says}");
        if (before is not null)
            file.Code(before);
        _hasEnds |= step.OnError == OnError.End;
        string lines = step.OnError switch
        {
            OnError.Fail => $"if ({test})\n\tgoto out;",
            OnError.End => $"if ({test})\n\tgoto answered;",
            _ => $"{test};",
        };
        file.Code(lines);
    }

    private string Plain(int number, Step step, string call)
    {
        file.Need("step");
        return $"step({number}, \"{step.Op}\", {call})";
    }

    private string Declare(string name, VariableKind kind, Variable? like = null)
    {
        string identifier = CText.Identifier(name);
        if (!_variables.TryAdd(name, (like ?? new Variable("", kind)) with { Name = identifier, Kind = kind }))
            throw new FormatException($"'{name}' is set twice");
        return identifier;
    }

    /// <summary>An open descriptor, closed at the end.</summary>
    private string Descriptor(string name, VariableKind kind = VariableKind.Descriptor)
    {
        string identifier = Declare(name, kind);
        file.Local($"int {identifier} = -1;");
        file.Finally($"if ({identifier} >= 0)\n\tclose({identifier});");
        return identifier;
    }

    private Variable Get(string name) =>
        _variables.TryGetValue(name, out var variable) ? variable : throw new FormatException($"there is no '{name}'");

    private Variable Get(Fields args, string name) => Get(args.Text(name));

    private string Size(ulong size) => CText.Size(size, file.Macros);

    private string Address(ulong address) => CText.Address(address, file.Macros);

    /// <summary>"memory + SZ_64K".</summary>
    private string Within(string map, ulong offset) => offset == 0 ? map : $"{map} + {Size(offset)}";

    private static string Protection(bool write) => write ? "PROT_READ | PROT_WRITE" : "PROT_READ";
}
