using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>The result of one step: the errno, and what it read, if anything.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(OpenResult), "open")]
[JsonDerivedType(typeof(MemfdResult), "memfd")]
[JsonDerivedType(typeof(SecretmemResult), "secretmem")]
[JsonDerivedType(typeof(TemporaryFileResult), "temporary-file")]
[JsonDerivedType(typeof(ExportResult), "export")]
[JsonDerivedType(typeof(HotplugResult), "hotplug")]
[JsonDerivedType(typeof(FallocateResult), "fallocate")]
[JsonDerivedType(typeof(TruncateResult), "truncate")]
[JsonDerivedType(typeof(ReadFileResult), "file-read")]
[JsonDerivedType(typeof(WriteFileResult), "file-write")]
[JsonDerivedType(typeof(CloseResult), "close")]
[JsonDerivedType(typeof(CloseAllResult), "close-all")]
[JsonDerivedType(typeof(MapResult), "map")]
[JsonDerivedType(typeof(HoleResult), "hole")]
[JsonDerivedType(typeof(MoveResult), "move")]
[JsonDerivedType(typeof(ProtectResult), "protect")]
[JsonDerivedType(typeof(UnmapResult), "unmap")]
[JsonDerivedType(typeof(WordsResult), "words")]
[JsonDerivedType(typeof(AdviseResult), "advise")]
[JsonDerivedType(typeof(LockResult), "lock")]
[JsonDerivedType(typeof(ForkResult), "fork")]
[JsonDerivedType(typeof(UserFaultResult), "userfaultfd")]
[JsonDerivedType(typeof(HugeMappedResult), "huge-mapped")]
[JsonDerivedType(typeof(PagedOutResult), "paged-out")]
[JsonDerivedType(typeof(MergeResult), "merge")]
[JsonDerivedType(typeof(PoisonResult), "poison")]
[JsonDerivedType(typeof(FrameResult), "frame")]
[JsonDerivedType(typeof(HugePagesResult), "huge-pages")]
[JsonDerivedType(typeof(UdmaBufResult), "udmabuf")]
[JsonDerivedType(typeof(VfioBindResult), "vfio-bind")]
[JsonDerivedType(typeof(VfioDeviceResult), "vfio-device")]
[JsonDerivedType(typeof(VfioRegionResult), "vfio-region")]
[JsonDerivedType(typeof(VfioCommandResult), "vfio-command")]
[JsonDerivedType(typeof(VfioResetResult), "vfio-reset")]
[JsonDerivedType(typeof(VfioUnbindResult), "vfio-unbind")]
[JsonDerivedType(typeof(VfioIommuResult), "vfio-iommu")]
[JsonDerivedType(typeof(VmResult), "vm")]
[JsonDerivedType(typeof(EnableCapabilityResult), "enable-cap")]
[JsonDerivedType(typeof(GuestMemoryResult), "guest-memory")]
[JsonDerivedType(typeof(ExtensionResult), "extension")]
[JsonDerivedType(typeof(MemslotResult), "memslot")]
[JsonDerivedType(typeof(MemslotsResult), "memslots")]
[JsonDerivedType(typeof(VcpuResult), "vcpu")]
[JsonDerivedType(typeof(GicResult), "gic")]
[JsonDerivedType(typeof(SetRegistersResult), "set-registers")]
[JsonDerivedType(typeof(GetRegistersResult), "get-registers")]
[JsonDerivedType(typeof(RunResult), "run")]
[JsonDerivedType(typeof(StartRunResult), "start-run")]
[JsonDerivedType(typeof(AnswerResult), "answer")]
[JsonDerivedType(typeof(LaunchResult), "launch")]
[JsonDerivedType(typeof(DirtyLogResult), "dirty-log")]
[JsonDerivedType(typeof(ClearLogResult), "clear-log")]
[JsonDerivedType(typeof(RingResult), "dirty-ring")]
[JsonDerivedType(typeof(ResetRingsResult), "reset-rings")]
[JsonDerivedType(typeof(CopyTagsResult), "copy-tags")]
[JsonDerivedType(typeof(TraceResult), "trace")]
[JsonDerivedType(typeof(Stage2Result), "stage2")]
[JsonDerivedType(typeof(TouchResult), "touch")]
[JsonDerivedType(typeof(CopyResult), "copy")]
[JsonDerivedType(typeof(LineResult), "line")]
[JsonDerivedType(typeof(PeekResult), "peek")]
[JsonDerivedType(typeof(CountersResult), "counters")]
[JsonDerivedType(typeof(SaveRegistersResult), "save-registers")]
[JsonDerivedType(typeof(RestoreRegistersResult), "restore-registers")]
[JsonDerivedType(typeof(RegisterMasksResult), "register-masks")]
[JsonDerivedType(typeof(SavePagesResult), "save-pages")]
[JsonDerivedType(typeof(DirtyPagesResult), "dirty-pages")]
[JsonDerivedType(typeof(RestorePagesResult), "restore-pages")]
[JsonDerivedType(typeof(SaveTagsResult), "save-tags")]
[JsonDerivedType(typeof(RestoreTagsResult), "restore-tags")]
[JsonDerivedType(typeof(SettleResult), "settle")]
public abstract record StepResult
{
    /// <summary>0, or the positive errno of the system call.</summary>
    [JsonRequired]
    [JsonPropertyOrder(-1)]
    public int Errno { get; init; }

    /// <summary>The step's name: "memslot".</summary>
    [JsonIgnore]
    public string Op => Operations.Name(GetType());
}

/// <summary>The result of a step that makes several calls.</summary>
public interface ICallResult
{
    /// <summary>The call that failed.</summary>
    string? Call { get; }
}

/// <summary>The result of a step that reads pages.</summary>
public interface IPagesResult
{
    /// <summary>The pages; null if the step failed.</summary>
    IReadOnlyList<SavedPage>? Pages { get; }
}
