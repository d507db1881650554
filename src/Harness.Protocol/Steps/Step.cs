using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>
/// One ioctl, mmap, host access or guest run. Names in <c>As</c> are the program's variables; a program has no branches
/// and a variable is set once.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(OpenStep), "open")]
[JsonDerivedType(typeof(MemfdStep), "memfd")]
[JsonDerivedType(typeof(SecretmemStep), "secretmem")]
[JsonDerivedType(typeof(TemporaryFileStep), "temporary-file")]
[JsonDerivedType(typeof(ExportStep), "export")]
[JsonDerivedType(typeof(HotplugStep), "hotplug")]
[JsonDerivedType(typeof(FallocateStep), "fallocate")]
[JsonDerivedType(typeof(TruncateStep), "truncate")]
[JsonDerivedType(typeof(ReadFileStep), "file-read")]
[JsonDerivedType(typeof(WriteFileStep), "file-write")]
[JsonDerivedType(typeof(CloseStep), "close")]
[JsonDerivedType(typeof(CloseAllStep), "close-all")]
[JsonDerivedType(typeof(MapStep), "map")]
[JsonDerivedType(typeof(HoleStep), "hole")]
[JsonDerivedType(typeof(MoveStep), "move")]
[JsonDerivedType(typeof(ProtectStep), "protect")]
[JsonDerivedType(typeof(UnmapStep), "unmap")]
[JsonDerivedType(typeof(WordsStep), "words")]
[JsonDerivedType(typeof(AdviseStep), "advise")]
[JsonDerivedType(typeof(LockStep), "lock")]
[JsonDerivedType(typeof(ForkStep), "fork")]
[JsonDerivedType(typeof(UserFaultStep), "userfaultfd")]
[JsonDerivedType(typeof(HugeMappedStep), "huge-mapped")]
[JsonDerivedType(typeof(PagedOutStep), "paged-out")]
[JsonDerivedType(typeof(MergeStep), "merge")]
[JsonDerivedType(typeof(PoisonStep), "poison")]
[JsonDerivedType(typeof(FrameStep), "frame")]
[JsonDerivedType(typeof(HugePagesStep), "huge-pages")]
[JsonDerivedType(typeof(UdmaBufStep), "udmabuf")]
[JsonDerivedType(typeof(VfioBindStep), "vfio-bind")]
[JsonDerivedType(typeof(VfioDeviceStep), "vfio-device")]
[JsonDerivedType(typeof(VfioRegionStep), "vfio-region")]
[JsonDerivedType(typeof(VfioIommuStep), "vfio-iommu")]
[JsonDerivedType(typeof(VfioCommandStep), "vfio-command")]
[JsonDerivedType(typeof(VfioResetStep), "vfio-reset")]
[JsonDerivedType(typeof(VfioUnbindStep), "vfio-unbind")]
[JsonDerivedType(typeof(VmStep), "vm")]
[JsonDerivedType(typeof(EnableCapabilityStep), "enable-cap")]
[JsonDerivedType(typeof(GuestMemoryStep), "guest-memory")]
[JsonDerivedType(typeof(ExtensionStep), "extension")]
[JsonDerivedType(typeof(MemslotStep), "memslot")]
[JsonDerivedType(typeof(MemslotsStep), "memslots")]
[JsonDerivedType(typeof(VcpuStep), "vcpu")]
[JsonDerivedType(typeof(GicStep), "gic")]
[JsonDerivedType(typeof(SetRegistersStep), "set-registers")]
[JsonDerivedType(typeof(GetRegistersStep), "get-registers")]
[JsonDerivedType(typeof(RunStep), "run")]
[JsonDerivedType(typeof(StartRunStep), "start-run")]
[JsonDerivedType(typeof(AnswerStep), "answer")]
[JsonDerivedType(typeof(LaunchStep), "launch")]
[JsonDerivedType(typeof(DirtyLogStep), "dirty-log")]
[JsonDerivedType(typeof(ClearLogStep), "clear-log")]
[JsonDerivedType(typeof(RingStep), "dirty-ring")]
[JsonDerivedType(typeof(ResetRingsStep), "reset-rings")]
[JsonDerivedType(typeof(CopyTagsStep), "copy-tags")]
[JsonDerivedType(typeof(TraceStep), "trace")]
[JsonDerivedType(typeof(Stage2Step), "stage2")]
[JsonDerivedType(typeof(TouchStep), "touch")]
[JsonDerivedType(typeof(CopyStep), "copy")]
[JsonDerivedType(typeof(LineStep), "line")]
[JsonDerivedType(typeof(PeekStep), "peek")]
[JsonDerivedType(typeof(CountersStep), "counters")]
[JsonDerivedType(typeof(SaveRegistersStep), "save-registers")]
[JsonDerivedType(typeof(RestoreRegistersStep), "restore-registers")]
[JsonDerivedType(typeof(RegisterMasksStep), "register-masks")]
[JsonDerivedType(typeof(SavePagesStep), "save-pages")]
[JsonDerivedType(typeof(DirtyPagesStep), "dirty-pages")]
[JsonDerivedType(typeof(RestorePagesStep), "restore-pages")]
[JsonDerivedType(typeof(SaveTagsStep), "save-tags")]
[JsonDerivedType(typeof(RestoreTagsStep), "restore-tags")]
[JsonDerivedType(typeof(SettleStep), "settle")]
public abstract record Step
{
    private protected Step(OnError onError) => OnError = onError;

    /// <summary>How the program continues when the step's system call returns an error.</summary>
    [JsonRequired]
    public OnError OnError { get; init; }

    /// <summary>It changes or reads what all programs on a host share: see <see cref="ProbeProgram.Alone"/>.</summary>
    [JsonIgnore]
    public virtual bool NeedsHostAlone => false;

    /// <summary>The step's name: "memslot".</summary>
    [JsonIgnore]
    public string Op => Operations.Name(GetType());
}

/// <summary>A step that returns a <typeparamref name="TResult"/>.</summary>
public abstract record Step<TResult> : Step
    where TResult : StepResult
{
    private protected Step(OnError onError)
        : base(onError) { }
}
