using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>
/// Writes the steps of a program as C, one rendering for each type of <see cref="Step"/>. What the probe records about
/// a variable at run time is known statically here: a program has no branches.
/// </summary>
internal sealed class StepWriter
{
    private readonly CFile _file;
    private readonly CProgram _program;
    private readonly FileWriter _files;
    private readonly MappingWriter _mappings;
    private readonly KvmWriter _kvm;
    private readonly AccessWriter _accesses;

    public StepWriter(CFile file, ReproducerSource source)
    {
        _file = file;
        _program = new CProgram(file, source);
        _files = new FileWriter(_program, file, source);
        _mappings = new MappingWriter(_program, file);
        _kvm = new KvmWriter(_program, file, source);
        _accesses = new AccessWriter(_program, file, source);
    }

    /// <inheritdoc cref="CProgram.HasEnds"/>
    public bool HasEnds => _program.HasEnds;

    /// <exception cref="NotSupportedException">A step that has no rendering.</exception>
    /// <exception cref="ProtocolException">An invalid step: a name that is not set or set twice.</exception>
    public void Write(int number, Step step)
    {
        _file.Blank();
        switch (step)
        {
            case OpenStep s:
                _files.Open(number, s);
                break;
            case MemfdStep s:
                _files.Memfd(number, s);
                break;
            case SecretmemStep s:
                _files.Secretmem(number, s);
                break;
            case TemporaryFileStep s:
                _files.TemporaryFile(number, s);
                break;
            case ExportStep s:
                _files.Export(number, s);
                break;
            case HotplugStep s:
                _files.Hotplug(number, s);
                break;
            case FallocateStep s:
                _accesses.Fallocate(number, s);
                break;
            case TruncateStep s:
                _accesses.Truncate(number, s);
                break;
            case ReadFileStep s:
                _accesses.ReadFile(number, s);
                break;
            case WriteFileStep s:
                _accesses.WriteFile(number, s);
                break;
            case CloseStep s:
                _kvm.Close(number, s);
                break;
            case CloseAllStep:
                _accesses.CloseAll(number);
                break;
            case MapStep s:
                _mappings.Map(number, s);
                break;
            case HoleStep s:
                _mappings.Hole(number, s);
                break;
            case MoveStep s:
                _mappings.Move(number, s);
                break;
            case ProtectStep s:
                _mappings.Protect(number, s);
                break;
            case UnmapStep s:
                _mappings.Unmap(number, s);
                break;
            case WordsStep s:
                _kvm.Words(number, s);
                break;
            case AdviseStep s:
                _mappings.Advise(number, s);
                break;
            case LockStep s:
                _mappings.Lock(number, s);
                break;
            case UserFaultStep s:
                _mappings.UserFaults(number, s);
                break;
            case ForkStep s:
                _mappings.Fork(number, s);
                break;
            case MergeStep s:
                _mappings.Merge(number, s);
                break;
            case PagedOutStep s:
                _mappings.PagedOut(number, s);
                break;
            case PoisonStep s:
                _mappings.Poison(number, s);
                break;
            case HugeMappedStep s:
                _mappings.HugeMapped(number, s);
                break;
            case FrameStep s:
                _mappings.Frame(number, s);
                break;
            case HugePagesStep s:
                _files.HugePages(number, s);
                break;
            case UdmaBufStep s:
                _files.UdmaBuf(number, s);
                break;
            case VfioBindStep s:
                _files.VfioBind(number, s);
                break;
            case VfioDeviceStep s:
                _files.VfioDevice(number, s);
                break;
            case VfioRegionStep s:
                _files.VfioRegion(number, s);
                break;
            case VfioIommuStep s:
                _files.VfioIommu(number, s);
                break;
            case VfioCommandStep s:
                _files.VfioCommand(number, s);
                break;
            case VfioResetStep s:
                _files.VfioReset(number, s);
                break;
            case VfioUnbindStep s:
                _files.VfioUnbind(number, s);
                break;
            case VmStep s:
                _kvm.Vm(number, s);
                break;
            case EnableCapabilityStep s:
                _kvm.EnableCapability(number, s);
                break;
            case GuestMemoryStep s:
                _kvm.GuestMemory(number, s);
                break;
            case ExtensionStep s:
                _kvm.Extension(number, s);
                break;
            case MemslotStep s:
                _kvm.Memslot(number, s);
                break;
            case MemslotsStep s:
                _kvm.Memslots(number, s);
                break;
            case VcpuStep s:
                _kvm.Vcpu(number, s);
                break;
            case GicStep s:
                _kvm.Gic(number, s);
                break;
            case SetRegistersStep s:
                _kvm.SetRegisters(number, s);
                break;
            case GetRegistersStep s:
                _kvm.GetRegisters(number, s);
                break;
            case RunStep s:
                _kvm.Run(number, s);
                break;
            case StartRunStep s:
                _kvm.StartRun(number, s);
                break;
            case AnswerStep s:
                _kvm.Answer(number, s);
                break;
            case LaunchStep s:
                _kvm.Launch(number, s);
                break;
            case DirtyLogStep s:
                _kvm.DirtyLog(number, s);
                break;
            case ClearLogStep s:
                _kvm.ClearLog(number, s);
                break;
            case RingStep s:
                _kvm.Ring(number, s);
                break;
            case ResetRingsStep s:
                _kvm.ResetRings(number, s);
                break;
            case CopyTagsStep s:
                _kvm.CopyTags(number, s);
                break;
            case TraceStep:
                _kvm.Trace(number);
                break;
            case Stage2Step s:
                _kvm.Stage2(number, s);
                break;
            case TouchStep s:
                _accesses.Touch(number, s);
                break;
            case CopyStep s:
                _accesses.Copy(number, s);
                break;
            case PeekStep s:
                _accesses.Peek(number, s);
                break;
            case LineStep s:
                _accesses.Line(number, s);
                break;
            case CountersStep:
                _accesses.Counters(number);
                break;
            case SaveRegistersStep
            or RestoreRegistersStep
            or RegisterMasksStep
            or SavePagesStep
            or DirtyPagesStep
            or RestorePagesStep
            or SaveTagsStep
            or RestoreTagsStep
            or SettleStep:
                throw new NotSupportedException(
                    $"'{step.Op}' is part of a move between two hosts, and a reproducer is one program on one: use 'harness migrate'"
                );
            default:
                throw new NotSupportedException($"'{step.Op}' has no rendering in C");
        }
    }
}
