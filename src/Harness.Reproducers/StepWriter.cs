using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>
/// Writes the steps of a program as C, one rendering for each type of <see cref="Step"/>. What the probe records about
/// a variable at run time is known statically here: a program has no branches.
/// </summary>
internal sealed partial class StepWriter(CFile file, ReproducerSource source)
{
    private readonly Dictionary<string, Variable> _variables = new(StringComparer.Ordinal);
    private bool _hasEnds;

    /// <summary>A step's errno can complete the program: the label "answered" is used.</summary>
    public bool HasEnds => _hasEnds;

    /// <exception cref="NotSupportedException">A step that has no rendering.</exception>
    /// <exception cref="ProtocolException">An invalid step: a name that is not set or set twice.</exception>
    public void Write(int number, Step step)
    {
        file.Blank();
        switch (step)
        {
            case OpenStep s:
                Open(number, s);
                break;
            case MemfdStep s:
                Memfd(number, s);
                break;
            case SecretmemStep s:
                Secretmem(number, s);
                break;
            case TemporaryFileStep s:
                TemporaryFile(number, s);
                break;
            case ExportStep s:
                Export(number, s);
                break;
            case FallocateStep s:
                Fallocate(number, s);
                break;
            case TruncateStep s:
                Truncate(number, s);
                break;
            case ReadFileStep s:
                ReadFile(number, s);
                break;
            case WriteFileStep s:
                WriteFile(number, s);
                break;
            case CloseStep s:
                Close(number, s);
                break;
            case CloseAllStep:
                CloseAll(number);
                break;
            case MapStep s:
                Map(number, s);
                break;
            case HoleStep s:
                Hole(number, s);
                break;
            case MoveStep s:
                Move(number, s);
                break;
            case ProtectStep s:
                Protect(number, s);
                break;
            case UnmapStep s:
                Unmap(number, s);
                break;
            case WordsStep s:
                Words(number, s);
                break;
            case AdviseStep s:
                Advise(number, s);
                break;
            case HugeMappedStep s:
                HugeMapped(number, s);
                break;
            case HugePagesStep s:
                HugePages(number, s);
                break;
            case UdmaBufStep s:
                UdmaBuf(number, s);
                break;
            case VfioBindStep s:
                VfioBind(number, s);
                break;
            case VfioDeviceStep s:
                VfioDevice(number, s);
                break;
            case VfioRegionStep s:
                VfioRegion(number, s);
                break;
            case VmStep s:
                Vm(number, s);
                break;
            case EnableCapabilityStep s:
                EnableCapability(number, s);
                break;
            case GuestMemoryStep s:
                GuestMemory(number, s);
                break;
            case ExtensionStep s:
                Extension(number, s);
                break;
            case MemslotStep s:
                Memslot(number, s);
                break;
            case VcpuStep s:
                Vcpu(number, s);
                break;
            case SetRegistersStep s:
                SetRegisters(number, s);
                break;
            case GetRegistersStep s:
                GetRegisters(number, s);
                break;
            case RunStep s:
                Run(number, s);
                break;
            case TraceStep:
                Trace(number);
                break;
            case Stage2Step s:
                Stage2(number, s);
                break;
            case TouchStep s:
                Touch(number, s);
                break;
            case CopyStep s:
                Copy(number, s);
                break;
            case PeekStep s:
                Peek(number, s);
                break;
            case CountersStep:
                Counters(number);
                break;
            case SaveRegistersStep
            or RestoreRegistersStep
            or RegisterMasksStep
            or SavePagesStep
            or DirtyPagesStep
            or RestorePagesStep
            or SettleStep:
                throw new NotSupportedException(
                    $"'{step.Op}' is part of a move between two hosts, and a reproducer is one program on one: use 'harness migrate'"
                );
            default:
                throw new NotSupportedException($"'{step.Op}' has no rendering in C");
        }
    }

    /// <param name="Name">In C.</param>
    /// <param name="Kind">Its kind.</param>
    private sealed record Variable(string Name, VariableKind Kind)
    {
        /// <summary>For a mapping, in bytes.</summary>
        public ulong Size { get; init; }

        /// <summary>A mapping inside a reservation.</summary>
        public bool Reserved { get; init; }

        /// <summary>For a VFIO region: the device's variable.</summary>
        public string? Device { get; init; }
    }

    private enum VariableKind
    {
        Descriptor,
        Vm,
        Vcpu,
        Mapping,
        Region,
        Scenario,
    }

    /// <summary>A comment, then the call, then how the program continues if it failed.</summary>
    /// <param name="number">Position in the program.</param>
    /// <param name="step">The step.</param>
    /// <param name="says">What it does.</param>
    /// <param name="test">The expression that prints the step's line and is true if the call failed.</param>
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
            throw new ProtocolException($"'{name}' is set twice");
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
        _variables.TryGetValue(name, out var variable)
            ? variable
            : throw new ProtocolException($"there is no '{name}'");

    private string Size(ulong size) => CText.Size(size, file.Macros);

    private string Address(ulong address) => CText.Address(address, file.Macros);

    /// <summary>"memory + SZ_64K".</summary>
    private string Within(string map, ulong offset) => offset == 0 ? map : $"{map} + {Size(offset)}";

    private static string Protection(bool write) => write ? "PROT_READ | PROT_WRITE" : "PROT_READ";
}
